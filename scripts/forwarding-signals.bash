# shellcheck shell=bash
# forwarding_signals COMMAND ARG…: runs the command and returns its status. A signal that would end
# this shell is passed on to the command, and the shell lives until the command has ended, so that
# it can clear up. (With the command in the foreground, bash would not heed the signal before that.)
forwarding_signals() {
  local command status cut_short=true
  # Bash has background commands ignore these two signals, and takes standard input from them.
  env --default-signal=INT,QUIT "$@" <&0 &
  command=$!
  trap 'cut_short=true; kill -TERM "$command" 2>/dev/null' TERM HUP
  trap 'cut_short=true; kill -INT "$command" 2>/dev/null' INT
  while [[ $cut_short == true ]]; do
    cut_short=false status=0
    wait "$command" || status=$?
  done
  trap - TERM HUP INT
  return "$status"
}
