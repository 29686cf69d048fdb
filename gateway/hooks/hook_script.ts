/** Bytes of a payload that are kept; the rest is read and dropped. */
export const MAX_HOOK_BYTES = 256 * 1024;
/** Payloads that wait in a spool; more are dropped. */
export const MAX_SPOOLED = 500;
/** Ends a payload in the spool: one without it is still being written. */
export const HOOK_END = "\n.\n";

/**
 * What agents run as their hook, as `sh hook.sh AGENT`. It leaves the payload in the spool of the
 * tmux server that the agent runs in (`spool/<socket>`, beside the script), and is done: it waits for
 * nobody, prints nothing and always succeeds. Without a spool of that name it only reads its input,
 * since an agent may take a closed pipe for a failure. Each program that it starts costs a
 * millisecond, many on a busy machine: it starts two, the second in its own place.
 */
export const HOOK_SCRIPT = `#!/bin/sh
# Written by the Chatcode gateway. Tells it what an agent does in one of its sessions.
exec >/dev/null 2>&1
umask 077
server=\${TMUX%%,*}
spool=\${0%/*}/spool/\${server##*/}
[ -n "$TMUX_PANE" ] && [ -n "$server" ] && [ -d "$spool" ] || exec cat
set -- "$1" "$spool"/*.hook
[ $# -le ${MAX_SPOOLED} ] || exec cat
{ echo "$1 $TMUX_PANE" && head -c ${MAX_HOOK_BYTES} && printf '\\n.\\n'; } >"$spool/$PPID-$$.hook"
exec cat
`;
