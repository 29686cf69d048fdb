/** Bytes of a payload that are kept; the rest is read and dropped. */
export const MAX_HOOK_BYTES = 256 * 1024;
/** Payloads that wait in a spool; more are dropped. */
export const MAX_SPOOLED = 500;

/**
 * What agents run as their hook, as `sh hook.sh AGENT`. It leaves the payload in the spool of the
 * tmux server that the agent runs in (`spool/<socket>`, beside the script), and is done: it waits for
 * nobody, prints nothing and always succeeds. Without a spool of that name it only reads its input,
 * since an agent may take a closed pipe for a failure.
 */
export const HOOK_SCRIPT = `#!/bin/sh
# Written by the Chatcode gateway. Tells it what an agent does in one of its sessions.
exec >/dev/null 2>&1
umask 077
server=\${TMUX%%,*}
spool=\${0%/*}/spool/\${server##*/}
[ -n "$TMUX_PANE" ] && [ -n "$server" ] && [ -d "$spool" ] || { cat; exit 0; }
set -- "$1" "$spool"/*.hook
[ $# -le ${MAX_SPOOLED} ] || { cat; exit 0; }
draft=$spool/.$$.draft
{ echo "$1 $TMUX_PANE" && head -c ${MAX_HOOK_BYTES}; } >"$draft" && mv -f "$draft" "$spool/$PPID-$$.hook" || rm -f "$draft"
cat
exit 0
`;
