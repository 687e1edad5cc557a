#!/usr/bin/env bash
# `vigie gate` in continuous integration: what action.yml and docs/gitlab-ci.yml call.
#
#   gate.sh key        says under which key a cache may keep the program, and where the program goes
#   gate.sh build      builds the program
#   gate.sh gate       judges the scenarios; ends with 0 where gates failed too, so that the next steps can tell of it
#   gate.sh verdict    ends with the exit code of the gates
#
# What it is told comes in variables, never as text to run:
#
#   SCENARIOS, ARGUMENTS    words, as a shell would quote them; SCENARIOS may be patterns
#   GATES, BASELINES        as `--gates` and `--baselines`; empty: not given
#   JUNIT                   the JUnit file
#   INCONCLUSIVE            "fail" or "pass"
#   VIGIE_ROOT              where the program is, or goes: VIGIE_ROOT/bin/vigie
#   VIGIE_FOLDER            what `gate` leaves for the next steps; made where it is not given
#
# It runs with bash 3.2 too, which is what macOS has.
set -euo pipefail

home=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
root=${VIGIE_ROOT:-$temporary/vigie-program}

# shellcheck source=ci/say.sh
. "$home/ci/say.sh"

main() {
    case ${1:-} in
        key) key ;;
        build) build ;;
        gate) gate ;;
        verdict) verdict ;;
        *) stop 2 "gate.sh: key, build, gate or verdict, not \`${1:-}\`" ;;
    esac
}

# The key changes with everything that the program is made of. `hashFiles` of GitHub does not reach an action's own
# folder, so the hash is made here.
key() {
    local sources libc
    local digest=sha256sum
    command -v sha256sum >/dev/null || digest="shasum -a 256"
    # shellcheck disable=SC2086 # a program with its arguments
    sources=$(CDPATH='' cd -- "$home" && find Cargo.lock Cargo.toml rust-toolchain.toml src -type f -print0 |
        LC_ALL=C sort -z | xargs -0 $digest | $digest | cut -d ' ' -f 1)
    # a program linked with one C library need not run with an older one
    libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || uname -r)
    output key "vigie-$(uname -s)-$(uname -m)-${libc// /-}-$sources"
    output root "$root"
}

build() {
    command -v cargo >/dev/null || stop 1 "cargo is not there: install Rust (https://rustup.rs) before this step"
    # from its own folder, so that its rust-toolchain.toml counts, not the caller's
    cd -- "$home"
    cargo install --locked --force --path . --root "$root" --target-dir "$temporary/vigie-build"
}

gate() {
    local program=$root/bin/vigie folder code=0
    folder=${VIGIE_FOLDER:-$(mktemp -d "$temporary/vigie-gate.XXXXXX")}
    mkdir -p -- "$folder"
    folder=$(CDPATH='' cd -- "$folder" && pwd)
    output folder "$folder"
    case ${INCONCLUSIVE:=fail} in
        fail | pass) ;;
        *) refuse "inconclusive: \`fail\` or \`pass\`, not \`$INCONCLUSIVE\`" ;;
    esac
    [ -x "$program" ] || stop 1 "the program is not at $program: build it first"

    local junit=${JUNIT:-vigie-gate.xml} markdown=$folder/gate.md
    case $junit in *$'\n'*) refuse "junit: a path of one line" ;; esac
    mkdir -p -- "$(dirname -- "$junit")"
    # what an earlier run left is not this run's answer; what is something else stays
    if [ -s "$junit" ] && ! grep -q 'testsuites name="vigie gate"' -- "$junit"; then
        refuse "junit: \`$junit\` is another file"
    fi
    rm -f -- "$junit" "$markdown" "$folder/exit-code"

    local scenarios=() extra=()
    find_scenarios "$folder"
    read_words "$folder" arguments "${ARGUMENTS:-}"
    extra=(${words[@]+"${words[@]}"})
    [ -z "${GATES:-}" ] || extra+=("--gates=$GATES")
    [ -z "${BASELINES:-}" ] || extra+=("--baselines=$BASELINES")

    begin_foreign_text
    "$program" gate "${scenarios[@]}" ${extra[@]+"${extra[@]}"} \
        "--junit=$junit" "--markdown=$markdown" 2>"$folder/messages.txt" || code=$?
    # by the same stream as the rest, so that the order is kept
    cat -- "$folder/messages.txt"
    end_foreign_text

    tell "$code" "$folder" "$markdown" "$(absolute "$junit")"
}

# Passes the verdict on: to the job's summary, and to the steps that come next.
tell() {
    local code=$1 folder=$2 markdown=$3 junit=$4 verdict
    case $code in
        0) verdict=passed ;;
        2) verdict=invalid ;;
        3) verdict=failed ;;
        4) verdict=inconclusive ;;
        *) verdict=error ;;
    esac
    case $code in
        0 | 3 | 4)
            if ! [ -s "$markdown" ] || ! [ -s "$junit" ]; then
                output verdict error
                output exit-code 1
                stop 1 "vigie ended with $code and wrote no report"
            fi
            output junit "$junit"
            output markdown "$markdown"
            cat -- "$markdown" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
            ;;
        *) summarize_failure "$code" "$folder/messages.txt" ;;
    esac
    output verdict "$verdict"
    output exit-code "$code"
    printf '%s\n' "$code" >"$folder/exit-code"
    case $code in
        0 | 3 | 4) ;;
        2) stop 2 "nothing was judged: a scenario, a gates file or an argument is wrong; the messages above say where" ;;
        *) stop "$code" "nothing was judged: vigie ended with $code; the messages above say why" ;;
    esac
}

# What vigie complained of, in the job's summary.
summarize_failure() {
    {
        printf '**vigie gate** judged nothing (exit code %s).\n\n' "$1"
        # indented, so that nothing in it is read as Markdown
        sed 's/^/    /' "$2"
    } >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}

verdict() {
    local code
    code=$(cat -- "${VIGIE_FOLDER:?what gate left}/exit-code")
    case $code in
        0) echo "The gates passed." ;;
        3) stop 3 "a gate failed: the report says which, and why" ;;
        4)
            if [ "${INCONCLUSIVE:-fail}" = pass ]; then
                say warning "inconclusive: no gate failed, but not all could be told; the report says what is missing"
            else
                stop 4 "inconclusive: no gate failed, but not all could be told; the report says what is missing"
            fi
            ;;
        *) stop "$code" "nothing was judged" ;;
    esac
}

# Fills `scenarios` with the files that SCENARIOS means, each once, in their order. A word that means no file is an
# error: a gate that looks at nothing must not pass.
find_scenarios() {
    local word file found
    read_words "$1" scenarios "${SCENARIOS:-}"
    [ "${#words[@]}" -gt 0 ] || refuse "scenarios: none is named"
    for word in "${words[@]}"; do
        found=no
        while IFS= read -r file; do
            [ -f "$file" ] || continue
            found=yes
            add_scenario "$file"
        done < <(matches "$word")
        [ "$found" = yes ] || refuse "scenarios: no file matches \`$word\`"
    done
}

# The files that a pattern means, one a line. A name that exists is no pattern.
matches() {
    if [ -e "$1" ]; then printf '%s\n' "$1"; else compgen -G "$1" | LC_ALL=C sort; fi
}

add_scenario() {
    local file=$1 other
    # a file's name is no option
    case $file in -*) file=./$file ;; esac
    for other in ${scenarios[@]+"${scenarios[@]}"}; do
        [ "$other" != "$file" ] || return 0
    done
    scenarios+=("$file")
}

# Fills `words` with the words of a text. Quotes and backslashes count as in a shell; nothing is run or replaced.
words=()
read_words() {
    local folder=$1 what=$2 text=$3 word
    words=()
    printf '%s\n' "$text" | xargs printf '%s\n' >"$folder/words.txt" 2>/dev/null ||
        refuse "$what: a quote is not closed"
    while IFS= read -r word; do
        [ -z "$word" ] || words+=("$word")
    done <"$folder/words.txt"
}

absolute() {
    case $1 in
        /* | [A-Za-z]:*) printf '%s\n' "$1" ;;
        *) printf '%s/%s\n' "$PWD" "$1" ;;
    esac
}

# The caller's mistake, found before vigie was called.
refuse() {
    output verdict invalid
    output exit-code 2
    stop 2 "$1"
}

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"; }

main "$@"
