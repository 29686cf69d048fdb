/** The hidden session that keeps the server up and holds the gateway's control client. */
export const KEEPER = "_chatcode";

/**
 * The whole configuration of the private tmux server. Every option is pinned, since tmux changes
 * defaults between versions. It may be sourced again on a server that runs: each line sets, none
 * appends.
 */
export const TMUX_CONF = `# Written by the Chatcode gateway; changes are overwritten.

# No key may ever run a tmux command: keys belong to the program in the pane.
set -g prefix None
set -g prefix2 None
unbind-key -a -q -T root
unbind-key -a -q -T prefix
unbind-key -a -q -T copy-mode
unbind-key -a -q -T copy-mode-vi
set -g mouse off
set -s escape-time 10
set -s user-keys ""
# A mode (copy, clock, tree) would swallow keys and could not be left without bindings.
set-hook -g pane-mode-changed 'if -F "#{pane_in_mode}" "copy-mode -q"'

# Life and death
set -s exit-empty off
set -s exit-unattached off
set -g destroy-unattached off
set -g detach-on-destroy on
set -g remain-on-exit off
set -g lock-after-time 0
set -g default-command ""

# Sizes are set by the gateway for each window (resize-window). A global \`window-size manual\`
# crashes tmux 3.3a at the next new-session.
set -g window-size latest
set -g aggressive-resize off
set -g default-size 80x24

# What a viewer sees is the pane and nothing else.
set -g status off
set -g visual-activity off
set -g visual-bell off
set -g visual-silence off
set -g monitor-activity off
set -g monitor-silence 0
set -g monitor-bell on
set -g bell-action any
set -g activity-action none
set -g silence-action none
set -g set-titles off
set -g pane-border-status off
set -g automatic-rename off
set -g allow-rename off
set -g alternate-screen on
set -g history-limit 50000
set -g base-index 0
set -g pane-base-index 0
set -g synchronize-panes off

# Terminals
set -s default-terminal tmux-256color
set -s terminal-features "xterm-256color:256:RGB:bpaste:ccolour:clipboard:cstyle:focus:mouse:overline:strikethrough:title:usstyle:hyperlinks"
set -s terminal-overrides ""
set -s focus-events on
set -s extended-keys on
set -s set-clipboard on
set -s copy-command ""
# Output of agents is not trusted: no way around tmux to the viewer's terminal.
set -g -q allow-passthrough off

# A session's environment is given when it starts, not taken from whoever attaches.
set -g update-environment ""
set -s -q prompt-history-limit 0
`;
