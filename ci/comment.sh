#!/usr/bin/env bash
# Shows what `gate.sh gate` found as a comment on the pull request (GitHub) or merge request (GitLab): one comment for
# each job, which later runs change. It never fails the job: the verdict is elsewhere too.
#
#   comment.sh github    PULL_REQUEST, HEAD_COMMIT, VIGIE_FOLDER, GH_TOKEN; calls `gh`
#   comment.sh gitlab    VIGIE_FOLDER, VIGIE_GITLAB_TOKEN, and GitLab's own CI_… variables; calls `curl` and `jq`
set -euo pipefail

home=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=ci/say.sh
. "$home/ci/say.sh"

folder=${VIGIE_FOLDER:?what gate left}
body=$folder/comment.md
# What `vigie gate --markdown` begins with.
first_line='<!-- vigie gate -->'

main() {
    case ${1:-} in
        github) on_pull_request ;;
        gitlab) on_merge_request ;;
        *) stop 2 "comment.sh: github or gitlab, not \`${1:-}\`" ;;
    esac
}

on_pull_request() {
    if [ -z "${PULL_REQUEST:-}" ]; then
        echo "No comment: this is no pull request."
        return
    fi
    if ! command -v gh >/dev/null; then
        say warning "no comment: \`gh\` is not there; the job's summary has the verdict"
        return
    fi
    local mark run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID earlier
    mark=$(mark_of "$GITHUB_WORKFLOW/$GITHUB_JOB/${WORKING_DIRECTORY:-.}")
    write_body "$mark" "$HEAD_COMMIT" "$run" 60000

    earlier=$(earlier_comment "$mark" 2>"$folder/gh.txt") || { give_up "$folder/gh.txt"; return; }
    if [ -n "$earlier" ]; then
        # shellcheck disable=SC2016 # the variables are GraphQL's
        gh api graphql --silent -F "body=@$body" -f "id=$earlier" \
            -f 'query=mutation($id: ID!, $body: String!) {
                updateIssueComment(input: {id: $id, body: $body}) { clientMutationId } }' \
            2>"$folder/gh.txt" || { give_up "$folder/gh.txt"; return; }
        echo "The comment of an earlier run was changed."
    else
        gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" -F "body=@$body" \
            2>"$folder/gh.txt" || { give_up "$folder/gh.txt"; return; }
        echo "A comment was made."
    fi
}

# The first comment with our mark that this token's owner wrote: anybody can write the mark.
earlier_comment() {
    # shellcheck disable=SC2016 # the variables are GraphQL's
    gh api graphql --paginate -f "owner=${GITHUB_REPOSITORY%%/*}" -f "name=${GITHUB_REPOSITORY#*/}" \
        -F "number=$PULL_REQUEST" \
        -f 'query=query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
            repository(owner: $owner, name: $name) { pullRequest(number: $number) {
                comments(first: 100, after: $endCursor) {
                    nodes { id body viewerDidAuthor }
                    pageInfo { hasNextPage endCursor } } } } }' \
        --jq ".data.repository.pullRequest.comments.nodes[] | select(.viewerDidAuthor
            and (.body | startswith(\"$first_line\")) and (.body | contains(\"$1\"))) | .id" \
        >"$folder/earlier.txt" || return
    head -n 1 "$folder/earlier.txt"
}

# A token that may not write is what a pull request from a fork gets: nothing is wrong.
give_up() {
    if grep -q 'not accessible by' "$1"; then
        say notice "no comment: this token may not write one (a pull request from a fork, or no \`pull-requests: write\`); the job's summary has the verdict"
    else
        say warning "no comment: $(tr '\n' ' ' <"$1"); the job's summary has the verdict"
    fi
}

on_merge_request() {
    if [ -z "${CI_MERGE_REQUEST_IID:-}" ]; then
        echo "No note: this is no merge request."
        return
    fi
    if [ -z "${VIGIE_GITLAB_TOKEN:-}" ]; then
        say notice "no note: VIGIE_GITLAB_TOKEN is not set (a merge request from a fork does not get it)"
        return
    fi
    local mark notes author earlier
    notes=projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
    mark=$(mark_of "$CI_JOB_NAME")
    write_body "$mark" "$CI_COMMIT_SHA" "$CI_JOB_URL" 900000

    author=$(gitlab user | jq .id) || { give_up_note; return; }
    # the oldest hundred: our note is made by the first run
    earlier=$(gitlab "$notes?per_page=100&sort=asc&order_by=created_at" | jq --argjson author "$author" \
        --arg first "$first_line" --arg mark "$mark" '[.[] | select(.author.id == $author
            and (.body | startswith($first)) and (.body | contains($mark))) | .id][0] // empty') ||
        { give_up_note; return; }
    if [ -n "$earlier" ]; then
        gitlab "$notes/$earlier" --request PUT --data-urlencode "body@$body" >/dev/null || { give_up_note; return; }
        echo "The note of an earlier run was changed."
    else
        gitlab "$notes" --request POST --data-urlencode "body@$body" >/dev/null || { give_up_note; return; }
        echo "A note was made."
    fi
}

# gitlab PATH [CURL'S ARGUMENTS…]: the token goes in by standard input, where no list of processes shows it.
gitlab() {
    local path=$1
    shift
    printf 'header = "PRIVATE-TOKEN: %s"\n' "$VIGIE_GITLAB_TOKEN" |
        curl --config - --silent --show-error --fail "$@" "$CI_API_V4_URL/$path"
}

give_up_note() { say warning "no note: GitLab did not take it; the job's log and its tests have the verdict"; }

# A mark that tells this job's comment from those of others.
mark_of() { printf '<!-- vigie gate of job %s -->' "$(printf '%s' "$1" | cksum | cut -d ' ' -f 1)"; }

# write_body MARK COMMIT LOG BYTES: the report, which commit it is of, and where its log is.
write_body() {
    local mark=$1 commit=$2 log=$3 bytes=$4
    {
        # whole lines, as many as a comment may hold
        LC_ALL=C awk -v most="$bytes" '
            { size += length($0) + 1 }
            size > most { print "\n… and more: the log has the whole."; exit }
            { print }' "$folder/gate.md"
        printf '\n<sub>For commit %s: [log](%s)</sub>\n%s\n' "${commit:0:10}" "$log" "$mark"
    } >"$body"
}

main "$@"
