// slim_uplot.mjs - uPlot without what no plot here uses. parts/plot.js draws lines and points over time, on one even scale of numbers, with a
// legend that follows the pointer. Whatever asks for more is made a constant, or left out, so that the bundler sees that nobody asks; what is no
// longer there ends the build. tests/browser/paths.test.mjs uses a plot, and the pictures of the screens show them.
const NEVER = "false", ALWAYS = "true";

// Blocks by the line that begins them, which go to the line that closes them with the same indentation.
const LEFT_OUT = [
  // Nothing is dragged: without that a click is never the end of a drag.
  'on("click", wrap, e => {', "function mouseDown(e, src", "function mouseUp(e, src", "function dblClick(e, src", "function setSelH(", "function setSelV(", "function hideSelect(",
  // No plot shows what another's pointer is on.
  'events["setSeries"] = (e, src, idx, opts) => {', "function pub(type,", "function pubSync(", "const syncOpts = assign({", "function _sync(key, opts)",
  // Series, bands and scales are as they were when the plot was made; nobody sets the pointer or the size of a page's fonts by hand.
  "function addSeries(opts, si)", "function delSeries(i)", "function setBand(", "function addBand(", "function delBand(", "function batch(fn,", "function flushHooks()", "self.setCursor = (opts, _fire, _pub) => {",
  "function setFocus(i)", "if (showLegend && cursorFocus) {", "if (cursorFocus) {", "const xySeriesOpts = {", "const engNames = {", "if (cursor.dataIdx == null) {",
  "self.redraw = (rebuildPaths, recalcAxes) => {", "bands.forEach(b => {",
  // No plugins.
  "(opts.plugins || []).forEach(p => {",
];
// [what stands there, what stands there instead].
const KNOWN = [
  // Nobody asks uPlot's name for helpers, or for other paths than lines and points.
  ...["(paths.linear  = linear);", "(paths.stepped = stepped);", "(paths.bars    = bars);", "(paths.spline  = monotoneCubic);", "uPlot.join = join;", "uPlot.assign = assign;", "uPlot.fmtNum = fmtNum;",
    "uPlot.rangeNum = rangeNum;", "uPlot.rangeLog = rangeLog;", "uPlot.rangeAsinh = rangeAsinh;", "uPlot.orient   = orient;", "uPlot.tzDate  = tzDate;", "uPlot.sync = _sync;",
    "uPlot.addGap = addGap;", "uPlot.clipGaps = clipGaps;", "let paths = uPlot.paths = {\n\t\tpoints,\n\t};"].map((what) => [what, ""]),
  // Times are written by parts/plot.js, in the reader's language.
  ["timeAxisVals(_tzDate, timeAxisStamps((ms == 1 ? _timeAxisStampsMs : _timeAxisStampsS), _fmtDate))", "0"], ["timeSeriesVal(_tzDate, timeSeriesStamp(_timeSeriesStamp, _fmtDate))", "0"],
  ["timeAxisVals(_tzDate, timeAxisStamps(av, _fmtDate))", "0"], ["timeAxisVal(_tzDate, av)", "0"], ["timeSeriesVal(_tzDate, timeSeriesStamp(sv, _fmtDate))", "0"],
  ["(opts.fmtDate || fmtDate)", "0"], ["uPlot.fmtDate = fmtDate;", ""], ["\t\t_timeAxisStamps,\n", "\t\t0,\n"],
  ["const days3 = days.map(slice3);", ""], ["const months3 = months.map(slice3);", ""], ["const localTz = new Intl.DateTimeFormat().resolvedOptions().timeZone;", ""],
  // They are in seconds, of the browser's zone.
  ["const ms = opts.ms || 1e-3;", "const ms = 1e-3;"], ["const [ timeIncrsMs, _timeAxisStampsMs, timeAxisSplitsMs ] = genTimeStuffs(1);", ""],
  ["function genTimeStuffs(ms) {", "function genTimeStuffs() { const ms = 1e-3;"], ["genTimeStuffs(1e-3)", "genTimeStuffs()"],
  ["(ms == 1 ? timeAxisSplitsMs(_tzDate) : timeAxisSplitsS(_tzDate))", "timeAxisSplitsS(_tzDate)"], ["(ms == 1 ? timeIncrsMs : timeIncrsS)", "timeIncrsS"],
  // All series share their times, which go from left to right; values go up.
  [/\bmode == 1\b/g, ALWAYS], [/\bmode == 2\b/g, NEVER], [/\b(scaleX|sx)\.ori == 0\b/g, ALWAYS], [/\bscaleX\.ori == 1\b/g, NEVER], [/\b(scale|sc)\.dir == -1\b/g, NEVER],
  ["const dir = scaleX.dir * (true ? 1 : -1);", "const dir = 1;"], ["clipGaps(gaps, scaleX.ori,", "clipGaps(gaps, 0,"], ["const rect = ori == 0 ? rectH : rectV;", "const rect = rectH;"],
  ["if (endRad == 0 && baseRad == 0)", "if (true)"],
  // Scales are even: no logarithms, no positions by number, none made of another, none of its own limits but by a function.
  [/\b(sc|scale|wsc)\.distr == +[234]\b/g, NEVER], [/\bsc\.distr == 1\b/g, ALWAYS], [/\bxScaleDistr == [234]\b/g, NEVER], [/\bsc\.distr == 100\b/g, NEVER], [/\bdistr == (3|4|100)\b/g, NEVER],
  ["sc.distr >= 3 && sc.log == 10", NEVER], [/\b(scaleOpts|wsc)\.from != null\b/g, NEVER], [/\b(wsc|sc)\.from == null\b/g, ALWAYS],
  ["pendScales[k] == null && sc.from != null && pendScales[sc.from] != null", NEVER], ["let rangeIsArr = isArr(rn);", ""], ["rangeIsArr ? false : sc.auto", "sc.auto"], ["scaleKey != xScaleKey || (false && !isTime)", NEVER],
  ["function getMinMax(data, _i0, _i1, sorted = 0, log = false) {", "function getMinMax(data, _i0, _i1) { const sorted = 0, log = false;"],
  ["genIncrs(2, -53, 53, [1]);", ""], ["const wholeIncrs = oneIncrs.filter(onlyWhole);", ""], ["const positiveIdxs = makeIndexOfs(isPositive);", ""], ["const sign = M.sign;", ""], ["const log2 = M.log2;", ""],
  ["const drawAccV = _drawAcc(lineToV);", ""], ["const rectV = rect(1);", ""], ["function rect(ori) {", "function rect() { const ori = 0;"],
  // At most some hundreds of points, and whole pixels.
  ["const decimate = idx1 - idx0 >= xDim * 4;", "const decimate = false;"], ["return pxAlign == 0 ? retArg0 : pxAlign == 1 ? round : v => incrRound(v, pxAlign);", "return round;"],
  // No bands between series, nothing filled below a line; every gap is one.
  ["flags != 0 && bands.forEach", "false && bands.forEach"], ["let [ bandFillDir, bandClipDir ] = bandFillClipDirs(u, seriesIdx);", "const bandFillDir = 0, bandClipDir = 0;"],
  ["series.fill != null || bandFillDir != 0", NEVER], ["s.fillTo || seriesFillTo", "0"], [/\bself\.(add|set|del)Band = \w+;/g, ""], [/\bself\.(add|del)Series = \w+;/g, ""],
  ["boundsClip, gapsClip, gapsClip2, bandClip) {", "boundsClip, gapsClip) { const gapsClip2 = null, bandClip = null;"],
  ["strokePath instanceof Map", NEVER], ["fillPath instanceof Map", NEVER], ["self.batch = batch;", ""], ["let deferHooks = false;", ""], ["let hooksQueue = [];", ""], ["if (deferHooks)", "if (false)"],
  // Axes: the times below, the values at the left; neither has a title, nor are their words turned.
  ["axis.label != null", NEVER], ["border.show", NEVER], [/\baxis\.align == [12]\b/g, NEVER], ["axis.alignTo == 2", NEVER], ["let angle = axis._rotate * -PI/180;", ""], ["opts.title", NEVER], ["opts.id != null", NEVER],
  [/\bangle\b/g, "0"],
  // A legend of one value a series; none is dimmed for another.
  ["let multiValLegend = false;", "const multiValLegend = false;"], ["multiValLegend = getMultiVals != null;", ""], ["const cursorFocus = focus.prox >= 0;", ""], ["const cursorOnePt = cursorFocus && points.one;", ""], [/\bcursor(Focus|OnePt)\b/g, NEVER],
  ["const showLegend = legend.show;", ""], ["const showCursor =                cursor.show;", ""], [/\bshow(Legend|Cursor)\b/g, ALWAYS], [/\b(legend\.live|legend\.show|markers\.show)\b/g, ALWAYS],
  ["opts.focus != null", NEVER], ["let shouldAlpha = series.some(s => s._focus) && ctxAlpha != focus.alpha;", "const shouldAlpha = false;"], ["ctxAlpha != s.alpha", NEVER], ["ctxAlpha != _ctxAlpha", NEVER],
  // Every value is there or null, which is what is shown of it: the pointer looks for none beside.
  ["cursor.dataIdx(self, i, idx, valAtPosX)", "idx"],
  ["s.label instanceof HTMLElement", NEVER],
  // The pointer selects nothing, and stays nowhere when it is pressed.
  ["onMouse(mousedown,  over, mouseDown);", ""], ["onMouse(dblclick, over, dblClick);", ""], [/\bevents\.(mousedown|mouseup|dblclick|mousemove) = \w+;/g, ""],
  [/\bcursor\._lock\b(?! =)/g, NEVER], [/\bselect\.show\b/g, NEVER], ["let dragging = false;", ""], [/\bdragging = (true|false|_dragging);/g, ";"], [/\bdragging\b/g, NEVER], ["let _dragging = false;", ""], [/if \(_dragging\)\s+;/g, ""],
  [/\bsrc != null\b/g, NEVER], [/\bsrc == null\b/g, ALWAYS], [/\be != null\b/g, ALWAYS], ["sync.sub(self);", ""], ["sync.unsub(self);", ""], ["const sync = _sync(syncKey);", ""], ["self.pub = pub;", ""],
  [/\bsyncOpts\.setSeries\b/g, NEVER], [/(_pub && )?pubSync\([^)]*\);/g, ";"], ["syncKey != null", NEVER], ["const syncKey = syncOpts.key;", ""], ["cursor.sync = syncOpts;", ""],
  [/if \(syncOpts\.match\.length == 2\)\s+[^;]+;/g, ""], ["hideSelect();", ";"], [/let setSel[XY] = .*;/g, ""],
  // Of all that uPlot tells of itself, this alone is listened to: "ready".
  [/(_fire !== false && )?\bfire\("(?!ready)[^;]*\);/g, ";"],
];

function withoutBlock(text, start) {
  const at = text.search(new RegExp(`^\\t*${start.replaceAll(/[^\w ]/g, "\\$&")}`, "m"));
  if (at < 0) throw new Error(`web/slim_uplot.mjs: uPlot has no '${start}' any more`);
  const indent = /^\t*/.exec(text.slice(at))[0], end = text.indexOf(`\n${indent}}`, at);
  return text.slice(0, at) + text.slice(text.indexOf("\n", end + 1));
}
export function uplot(text) {
  for (const start of LEFT_OUT) text = withoutBlock(text, start);
  for (const [what, instead] of KNOWN) {
    const found = typeof what === "string" ? text.includes(what) : text.search(what) >= 0;
    if (!found) throw new Error(`web/slim_uplot.mjs: uPlot has no '${what.source ?? what}' any more`);
    text = text.replaceAll(what, instead);
  }
  return text;
}
