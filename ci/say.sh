# How the scripts of this folder speak: annotations where GitHub reads them, plain lines elsewhere.
# shellcheck shell=bash

# say LEVEL MESSAGE: the level is notice, warning or error.
say() {
    if on_github; then
        local message=$2
        message=${message//'%'/%25}
        message=${message//$'\r'/%0D}
        message=${message//$'\n'/%0A}
        printf '::%s title=vigie gate::%s\n' "$1" "$message"
    else
        printf '%s: %s\n' "$1" "$2" >&2
    fi
}

# stop CODE MESSAGE
stop() {
    say error "$2"
    exit "$1"
}

on_github() { [ "${GITHUB_ACTIONS:-}" = true ]; }

# Between these two, lines that begin with `::` are text: what stands in a scenario must not command the runner.
foreign_text_ends=
begin_foreign_text() {
    foreign_text_ends=vigie-$$-$RANDOM$RANDOM$RANDOM
    if on_github; then printf '::stop-commands::%s\n' "$foreign_text_ends"; fi
}
end_foreign_text() {
    if on_github; then printf '::%s::\n' "$foreign_text_ends"; fi
}
