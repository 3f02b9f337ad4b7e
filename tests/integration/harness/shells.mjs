// Asks real shells what they would offer at the end of a line, with the completion script that the binary prints.
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { BINARY, edgecron } from "./edgecron.mjs";
import { run } from "./process.mjs";

const BASH = `
source "$SCRIPT"
COMP_LINE=$1 COMP_POINT=\${#1}
eval "COMP_WORDS=($2)"
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
cur=\${COMP_WORDS[COMP_CWORD]}
[[ $cur == = ]] && cur=
_edgecron edgecron "$cur" "\${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "\${COMPREPLY[@]}"
`;

// The line editor runs in a terminal of its own; what compadd is given is written down.
const ZSH = `
zmodload zsh/zpty zsh/zselect
zpty terminal zsh -f -i
zpty -w terminal "source $SETUP"
zpty -w terminal "print ready > $HERE/ready"
integer i=0
until [[ -s $HERE/ready ]] || (( i++ > 2000 )); do zselect -t 1; zpty -r -t terminal junk; done
zpty -w -n terminal "$1"$'\\t'
until [[ -e $HERE/done ]] || (( i++ > 4000 )); do zselect -t 1; zpty -r -t terminal junk; done
zpty -d terminal
[[ -e $HERE/done ]] && cat $HERE/found
`;
const ZSH_SETUP = `
PS1=
autoload -Uz compinit
compinit -u -D
source $SCRIPT
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits >> $HERE/found
  builtin compadd "$@"
}
capture() {
  unset 'compstate[vared]'
  : > $HERE/found
  _main_complete
  compstate[insert]= compstate[list]=
  : > $HERE/done
}
zle -C capture complete-word capture
bindkey '^I' capture
`;

/** { bash, zsh, fish }: each asks for the words offered at the end of a line such as "edgecron job show a". */
export async function shells(data) {
  const here = temporaryFolder("shells");
  symlinkSync(BINARY, join(here, "edgecron"));
  const script = {};
  for (const shell of ["bash", "zsh", "fish"]) {
    script[shell] = join(here, `edgecron.${shell}`);
    writeFileSync(script[shell], (await edgecron(["completion", shell])).stdout);
  }
  const env = { PATH: `${here}:${process.env.PATH}`, HOME: here, LANG: "C.UTF-8", TERM: "dumb", EDGECRON_DATA: data };
  async function ask(program, args, more = {}) {
    const r = await run(program, args, { env: { ...env, ...more }, cwd: here });
    if (r.code !== 0 || r.stderr) throw new Error(`${program}: exit ${r.code}: ${r.stderr}`);
    return r.stdout.split("\n").filter(Boolean);
  }
  let turn = 0;
  return {
    script,
    here,
    // readline takes '=' for a word of its own
    bash: (line) => ask("bash", ["--norc", "-c", BASH, "bash", line, (line.endsWith(" ") ? `${line} ''` : line).replaceAll("=", " = ")],
      { SCRIPT: script.bash }),
    zsh: (line) => {
      const own = join(here, `zsh-${++turn}`);
      writeFileSync(`${own}.setup`, ZSH_SETUP.replaceAll("$HERE/", `${own}.`).replaceAll("$SCRIPT", script.zsh));
      return ask("zsh", ["-fc", ZSH.replaceAll("$HERE/", `${own}.`).replaceAll("$SETUP", `${own}.setup`), "zsh", line]);
    },
    fish: async (line) => (await ask("fish", ["--no-config", "-c", "source $SCRIPT; complete -C $argv[1]", line], { SCRIPT: script.fish }))
      .map((s) => s.split("\t")[0]),
  };
}
