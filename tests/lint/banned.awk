# banned.awk - finds calls of functions listed in `banned` (the first file), outside comments and strings.
FILENAME ~ /lint\/banned$/ { sub(/#.*/, ""); for (i = 1; i <= NF; i++) banned[$i] = 1; next }
FNR == 1 { in_comment = 0 }
{
    line = $0
    gsub(/\\\\|\\"/, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    if (in_comment) {
        if (!sub(/^.*\*\//, "", line)) next
        in_comment = 0
    }
    gsub(/\/\*([^*]|\*[^\/])*\*\//, " ", line)
    sub(/\/\/.*/, "", line)
    if (sub(/\/\*.*/, "", line)) in_comment = 1
    while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        name = substr(line, RSTART, RLENGTH)
        before = RSTART > 1 ? substr(line, RSTART - 1, 1) : ""
        twice = RSTART > 2 ? substr(line, RSTART - 2, 2) : ""
        sub(/[ \t]*\(/, "", name)
        if ((name in banned) && before != "." && twice != "->") print FILENAME ":" FNR ": " name
        line = substr(line, RSTART + RLENGTH)
    }
}
