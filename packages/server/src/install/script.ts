/**
 * The script behind `curl … | sh`: fetches `latch`, checks its sum, and puts a starter on the path. It changes two files of
 * the person who runs it and nothing else. Everything stands in one function, so that half a download does nothing.
 *
 * @param url this server's address
 * @param sum SHA-256 of `latch.cjs`, in hex
 */
export const installScript = (url: string, sum: string): string => `#!/bin/sh
# Installs latch, which hands coding agents their credential, from ${url}
#   LATCH_LIBRARY   where the program goes (~/.local/share/latch)
#   LATCH_BIN       where its starter goes (~/.local/bin)
set -eu

install_latch() {
  url='${url}'
  sum='${sum}'
  library=\${LATCH_LIBRARY:-$HOME/.local/share/latch}
  bin=\${LATCH_BIN:-$HOME/.local/bin}

  say() { printf 'latch: %s\\n' "$1" >&2; }
  node=$(command -v node || true)
  if [ -z "$node" ]; then
    say 'this needs Node.js 20.19 or newer. Install it from https://nodejs.org and run this again.'
    return 1
  fi
  if ! "$node" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    say "this needs Node.js 20.19 or newer; $node is $("$node" --version)."
    return 1
  fi

  umask 077
  mkdir -p "$library" "$bin"
  new=$library/latch.cjs.new
  if command -v curl >/dev/null; then
    curl -fsSL "$url/install/latch.cjs" -o "$new"
  elif command -v wget >/dev/null; then
    wget -q "$url/install/latch.cjs" -O "$new"
  else
    say 'this needs curl or wget.'
    return 1
  fi
  have=$("$node" -p 'crypto.createHash("sha256").update(fs.readFileSync(process.argv[1])).digest("hex")' "$new")
  if [ "$have" != "$sum" ]; then
    rm -f "$new"
    say "what came from $url/install/latch.cjs is not what this script was made for. Nothing was installed."
    say "expected SHA-256 $sum"
    say "got              $have"
    return 1
  fi
  mv "$new" "$library/latch.cjs"

  quote() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\\\\\''/g")"; }
  {
    echo '#!/bin/sh'
    echo "node=$(quote "$node")"
    echo '[ -x "$node" ] || node=node'
    if [ -n "\${NODE_EXTRA_CA_CERTS:-}" ]; then
      echo "[ -n \\"\\\${NODE_EXTRA_CA_CERTS:-}\\" ] || NODE_EXTRA_CA_CERTS=$(quote "$NODE_EXTRA_CA_CERTS")"
      echo 'export NODE_EXTRA_CA_CERTS'
    fi
    echo "exec \\"\\$node\\" $(quote "$library/latch.cjs") \\"\\$@\\""
  } >"$bin/latch.new"
  chmod 700 "$bin/latch.new"
  mv "$bin/latch.new" "$bin/latch"

  say "installed $bin/latch (SHA-256 $sum)"
  case ":$PATH:" in
    *":$bin:"*) say "next: latch login $url" ;;
    *) say "next: export PATH=\\"$bin:\\$PATH\\" && latch login $url" ;;
  esac
}

install_latch
`
