#!/usr/bin/env bash
# A whole worker for reelgraph in bash and curl: it takes AI jobs one at a time, tells how far they
# are, and stops when a job is canceled or lost. What it makes is pretended: see produce.
#
# REELGRAPH_URL=http://… REELGRAPH_TOKEN=… [LEASE_SECONDS=30] [WORK_SECONDS=10] docs/workers/worker.sh
# shellcheck disable=SC2016 # What looks like the shell's variables are GraphQL's.
set -euo pipefail

lease=${LEASE_SECONDS:-30} seconds=${WORK_SECONDS:-10}
tenth() { printf '%d.%d' $(($1 / 10)) $(($1 % 10)); }

ending=false
trap 'ending=true' INT TERM # heeded when the job in hand is done
# Those who end a service often signal all of its processes.
ignore_signals() { trap '' INT TERM; }

# ask OPERATION VARIABLES: sends them; then $answer is what came. Fails where another try may help, and
# ends the worker where none will, as with a bad token.
ask() {
  # The token comes from a file, as everybody on the machine can read a command line.
  answer=$(ignore_signals && curl --silent --show-error --max-time 10 --header 'Content-Type: application/json' \
    --header @<(printf 'Authorization: Bearer %s' "$REELGRAPH_TOKEN") \
    --data "{\"query\": \"$1\", \"variables\": $2}" "$REELGRAPH_URL/graphql") || return
  [[ $answer != '{"data":'* ]] || return 0
  echo "$answer" >&2
  [[ $answer =~ \"code\":\"([A-Z_]+)\" ]] || return
  [[ ${BASH_REMATCH[1]} == @(SERVICE_UNAVAILABLE|INTERNAL_SERVER_ERROR) ]] || exit 1
  return 1
}

# claim: takes the oldest job; fails where none is queued. What an answer says stands in the order asked
# for. To read a prompt takes a parser of JSON such as jq; to see whether there is one does not.
claim() {
  ask 'mutation($lease: Int!) { claimAIJobs(limit: 1, leaseSeconds: $lease) { jobs { id kind attempts prompt } } }' \
    "{\"lease\": $lease}" || return
  [[ $answer =~ \"id\":\"([0-9a-f-]+)\",\"kind\":\"([A-Z]+)\",\"attempts\":([0-9]+),\"prompt\":(null)? ]] || return
  id=${BASH_REMATCH[1]} kind=${BASH_REMATCH[2]} attempt=${BASH_REMATCH[3]} prompt=${BASH_REMATCH[4]:-some}
}

# work: makes what the job asks for. It reports with each step, and ten times a lease at least: that
# renews the lease, shows progress, and is how the worker learns that the job was canceled.
work() {
  local heard=ACCEPTED percent=0 line making maker code outcome=''
  exec {making}< <(produce)
  maker=$!
  while [[ $heard == ACCEPTED ]]; do
    code=0
    read -r -t "$(tenth "$lease")" -u "$making" line || code=$?
    ((code != 1)) || break # produce has ended; above 128 it has said nothing in that time
    ((code > 0)) || percent=$line
    tell "\"progress\": $percent"
  done
  exec {making}<&- # what produce says now, ends it
  if [[ $heard != ACCEPTED ]]; then
    kill -KILL "$maker" 2>/dev/null || true
  elif wait "$maker"; then
    outcome=COMPLETED
    tell "\"status\": \"COMPLETED\", \"resultUrl\": \"https://cdn.example.com/results/$id.mp4\""
  else
    outcome=FAILED
    tell '"status": "FAILED", "error": "There is nothing to generate without a prompt"'
  fi
  echo "job $id, attempt $attempt: $outcome $heard" >&2
}

# produce: where the real work goes. It says how far it is, in whole percent.
produce() {
  local percent
  ignore_signals
  [[ $kind != GENERATE || $prompt != null ]] || return
  for percent in {10..100..10}; do
    sleep "$(tenth "$seconds")"
    echo "$percent"
  done
}

# tell FIELDS: reports on the job until there is an answer, for as long as the lease may last: a report
# may be repeated. Then $heard is how it was taken.
tell() {
  local deadline=$((SECONDS + lease))
  heard='was not heard'
  until ask 'mutation($reports: [AIJobReportInput!]!) { reportAIJobs(reports: $reports) { results { status } } }' \
    "{\"reports\": [{\"id\": \"$id\", \"attempt\": $attempt, $1}]}"; do
    ((SECONDS < deadline)) || return 0
    sleep 1 || true
  done
  [[ ! $answer =~ \"status\":\"([A-Z_]+)\" ]] || heard=${BASH_REMATCH[1]}
}

idle=1
until [[ $ending == true ]]; do
  if claim; then
    work
    idle=1
  else
    sleep "$idle" &
    wait $! || kill $! || true # a signal ends the wait alone
    idle=$((idle < 5 ? 2 * idle : 10))
  fi
done
