#!/bin/sh
# The Chatcode gateway in one file: this script, then a gzipped tar archive with the Deno runtime
# and the gateway. The first start checks the archive and unpacks it, later ones run what is there.
set -eu

id='@ID@'         # of what is inside
sum='@SHA256@'    # of the archive
skip='@SKIP@'     # the archive begins at this byte, counted from 1

fail() {
  echo "chatcode-gateway: $1" >&2
  exit 1
}

self=$0
case $self in
  */*) ;;
  *) self=$(command -v -- "$self") || fail "Cannot find this file: start it by its path" ;;
esac

# Installed for all users, it lies unpacked beside the programs; else in the user's own cache.
place=''
users_umask=$(umask)
umask 077
case $self in
  */bin/*)
    lib=${self%/bin/*}/lib/chatcode-gateway
    if [ -x "$lib/$id/chatcode-gateway" ]; then
      place=$lib
    elif [ -d "$lib" ] && [ -O "$lib" ]; then
      place=$lib
      umask 022
    fi
    ;;
esac
if [ -z "$place" ]; then
  cache=${XDG_CACHE_HOME:-${HOME:?is not set: chatcode-gateway cannot be unpacked}/.cache}
  place=$cache/chatcode-gateway
  if [ ! -d "$place" ]; then
    mkdir -p "$place" || fail "Cannot make the folder $place"
  fi
  if [ ! -O "$place" ] || [ -L "$place" ]; then
    fail "Cannot use the folder $place: it is another user's. Remove it, or set XDG_CACHE_HOME"
  fi
fi
home=$place/$id

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1"
  else
    openssl dgst -sha256 -r "$1"
  fi
}

unpack() {
  [ "$place" = "${lib-}" ] || chmod 700 "$place"
  # What a killed start has left.
  find "$place" -maxdepth 1 -name '.draft.*' -mtime +0 -exec rm -rf {} + 2>/dev/null || true
  draft=$(mktemp -d "$place/.draft.XXXXXX") || fail "Cannot write to $place"
  trap 'rm -rf "$draft"' EXIT
  trap 'exit 1' HUP INT TERM
  # A copy first: what is checked is then what is unpacked, whatever happens to this file meanwhile.
  tail -c "+$skip" "$self" >"$draft/archive" || fail "Cannot unpack to $place: is the disk full?"
  found=$(sha256 "$draft/archive") || fail "Cannot check this file: sha256sum or shasum is missing"
  [ "${found%% *}" = "$sum" ] || fail "This file is damaged: download it again"
  new=${draft##*.}
  mkdir "$draft/$new"
  gzip -dc <"$draft/archive" | tar -xf - -C "$draft/$new" || fail "Cannot unpack to $place: is the disk full?"
  [ -x "$draft/$new/chatcode-gateway" ] || fail "Cannot unpack to $place: is the disk full?"
  [ "$place" != "${lib-}" ] || chmod 755 "$draft/$new"
  # Another start may be first: theirs is as good. Then mv fails, or ours lands inside of it.
  [ -x "$home/chatcode-gateway" ] || mv "$draft/$new" "$home" 2>/dev/null ||
    [ -x "$home/chatcode-gateway" ] || fail "Cannot write to $place"
  won=yes
  if [ -d "$home/$new" ] || [ -d "$draft/$new" ]; then won=no; fi
  rm -rf "${home:?}/$new" "$draft" || true
  trap - EXIT HUP INT TERM
  [ "$won" = yes ] || return 0
  # A first look at every module fills the runtime's cache, which a service may not write to: without
  # it each start costs more time and a quarter more memory. Without settings `run` only complains.
  env -i PATH="$PATH" DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1 \
    "$home/chatcode-gateway" @RUN@ run >/dev/null 2>&1 </dev/null || true
}

[ -x "$home/chatcode-gateway" ] || unpack

umask "$users_umask"
# For the runtime alone: the program puts back what the user has set.
CHATCODE_OUTER_DENO_DIR=${DENO_DIR-}
CHATCODE_OUTER_NO_UPDATE_CHECK=${DENO_NO_UPDATE_CHECK-}
DENO_DIR=$home/cache
DENO_NO_UPDATE_CHECK=1
export CHATCODE_OUTER_DENO_DIR CHATCODE_OUTER_NO_UPDATE_CHECK DENO_DIR DENO_NO_UPDATE_CHECK
exec "$home/chatcode-gateway" @RUN@ "$@"
exit 1
