#!/bin/sh
# Shows that a published coding agent signs in to this server and works, as a black box.
#
#   tests/proofs/published-agent/prove.sh FOLDER [--wait]
#   tests/proofs/published-agent/prove.sh FOLDER --idle REFRESHES [--ended]
#
# FOLDER is where npm installed the agent (npm install --ignore-scripts); nothing is installed or fetched here, and this
# is no part of ./dev test. --wait lets an access token really grow old (5 minutes) before the refresh. --idle tells the
# other story, of a process that sits idle while a sibling refreshes so many times; with --ended its file is stale too.
#
# Agent and server run in a world of their own: no environment, no network but loopback, process ids, /etc and home
# folder of their own, all in memory and gone at the end. Nothing of the real user's or machine's settings can be read
# or written. Needs Linux, tmux, and root or the right to make user namespaces.
set -eu
if [ ! -d "${1-}" ]; then
  echo "usage: $0 FOLDER [--wait | --idle REFRESHES [--ended]]   FOLDER: where npm installed the agent" >&2
  exit 2
fi
agent=$(cd "$1" && pwd -P)
shift
story=prove
[ "${1-}" != --idle ] || story=idle
cd "$(dirname "$0")/../../.."
./dev build >&2
node=$PWD/.node/current
command -v tmux unshare ip >/dev/null || { echo "$0: this needs tmux, unshare and ip" >&2; exit 2; }

world=$(mktemp -d)
trap 'rmdir "$world"' EXIT
as_root=
[ "$(id -u)" = 0 ] || as_root=--map-root-user
# shellcheck disable=SC2086 # no word where it is empty
unshare $as_root --mount --net --pid --fork --kill-child --mount-proc \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TZ=UTC \
  REAL_HOME="$HOME" WORLD="$world" AGENT="$agent" NODE="$node" STORY="$story" sh -euc '
    ip link set lo up
    mount -t tmpfs -o mode=0755 tmpfs "$WORLD"
    cover() { # what is written below $1 stays in memory
      mkdir -p "$WORLD/over/$2/upper" "$WORLD/over/$2/work"
      mount -t overlay overlay -o "lowerdir=$1,upperdir=$WORLD/over/$2/upper,workdir=$WORLD/over/$2/work" "$1"
    }
    cover /etc etc
    cover "$REAL_HOME" home
    for name in .claude .config .codex .local/state; do
      [ ! -d "$REAL_HOME/$name" ] || mount -t tmpfs tmpfs "$REAL_HOME/$name"
    done
    [ ! -f "$REAL_HOME/.claude.json" ] || mount --bind /dev/null "$REAL_HOME/.claude.json"
    mkdir -p "$WORLD/home" "$WORLD/tmp" /etc/claude-code
    mount -t tmpfs tmpfs /etc/claude-code
    unset REAL_HOME
    HOME=$WORLD/home TMPDIR=$WORLD/tmp "$NODE" \
      "tests/proofs/published-agent/$STORY.ts" "$@"' sh "$@"
