#!/usr/bin/env bash
# The steps of docs/operations.md, "From a published build to TLS, keys and a dashboard", on loopback and in a folder of its own: a published
# build in Production, keys, an OpenID Connect provider, nginx with TLS in front, a browser's client through it, and Prometheus.
# Needs nginx, openssl, curl, python3, node with tests/clients/node installed, and prometheus. Prints a line for each step; ends with 0 when all worked.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
home=$(mktemp -d)
pids=()
finish() {
  status=$?
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ $status -ne 0 ]; then tail -n 30 "$home"/*.log >&2 || true; fi
  rm -rf "$home"
  exit $status
}
trap finish EXIT

step() { echo "walk: $*"; }
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
until_true() { # seconds, command...
  local left=$(($1 * 5)); shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1)); [ $left -gt 0 ] || { echo "walk: '$*' did not come true" >&2; return 1; }
    sleep 0.2
  done
}
expect() { # status, curl arguments...
  local wanted=$1 got; shift
  got=$(curl -sS --max-time 10 --cacert "$home/ca.crt" -o "$home/answer" -w '%{http_code}' "$@")
  [ "$got" = "$wanted" ] || { echo "walk: $got instead of $wanted of: $*: $(cat "$home/answer")" >&2; return 1; }
}
field() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$home/answer" "$1"; }

rest=$(free_port) gateway=$(free_port) tls=$(free_port) scraper=$(free_port)
issuer=https://localhost:$tls/login

step "publish"
dotnet publish ${PUBLISH_OPTIONS:---no-build} --configuration Release src/LiveChat.Server --output "$home/app" -v quiet --nologo
app=$home/app/LiveChat.Server

step "nothing runs open by accident"
if (cd "$home" && "$app" --Chat:Rest:Port="$rest" --Chat:Gateway:Port="$gateway") >"$home/open.log" 2>&1; then echo "it started" >&2; exit 1; fi
grep -q '^Cannot start: Chat:Security:Authentication must be chosen' "$home/open.log"

step "certificates"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=walk authority" -keyout "$home/ca.key" -out "$home/ca.crt" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$home/tls.key" -out "$home/tls.csr" 2>/dev/null
openssl x509 -req -in "$home/tls.csr" -CA "$home/ca.crt" -CAkey "$home/ca.key" -CAcreateserial -days 2 -out "$home/tls.crt" \
  -extfile <(echo "subjectAltName=DNS:localhost") 2>/dev/null

step "an OpenID Connect provider: two files and a key"
openssl genrsa -out "$home/issuer.key" 2048 2>/dev/null
modulus=$(openssl rsa -in "$home/issuer.key" -noout -modulus | cut -d= -f2 | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read().strip()))' | base64url)
mkdir -p "$home/web/login/.well-known"
echo "{\"issuer\":\"$issuer\",\"jwks_uri\":\"$issuer/keys.json\"}" >"$home/web/login/.well-known/openid-configuration"
echo "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"walk\",\"n\":\"$modulus\",\"e\":\"AQAB\"}]}" >"$home/web/login/keys.json"
token() { # id, role
  local head body
  head=$(printf '{"alg":"RS256","kid":"walk","typ":"JWT"}' | base64url)
  body=$(printf '{"iss":"%s","aud":"livechat","sub":"%s","name":"%s","role":"%s","exp":%d}' "$issuer" "$1" "$1" "$2" $(($(date +%s) + 600)) | base64url)
  printf '%s.%s.%s' "$head" "$body" "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$home/issuer.key" -binary | base64url)"
}

step "keys for backends"
"$app" apikey shop customer agent >"$home/shop.txt"
"$app" apikey prometheus admin >"$home/prometheus.txt"
head -n 1 "$home/shop.txt" >"$home/shop.key"
head -n 1 "$home/prometheus.txt" >"$home/prometheus.key"
{
  sed -n 's/^ *\(Chat:.*\)=\(.*\)$/\1=\2/p' "$home/shop.txt"
  sed -n 's/^ *\(Chat:.*\)=\(.*\)$/\1=\2/p' "$home/prometheus.txt" | sed 's/ApiKeys:0:/ApiKeys:1:/'
  cat <<SETTINGS
Chat:Security:Authentication=ApiKey,Jwt
Chat:Security:Jwt:Authority=$issuer
Chat:Security:Jwt:Issuer=$issuer
Chat:Security:Jwt:Audience=livechat
Chat:Security:AllowedOrigins:0=https://shop.example
Chat:Security:ForwardedFrom:0=127.0.0.1
Chat:Host=127.0.0.1
Chat:Rest:Port=$rest
Chat:Gateway:Port=$gateway
ConnectionStrings:Sqlite=Data Source=$home/data/livechat.db
SETTINGS
} | sed 's/:/__/g; s/__\([^=]*\)=https__/__\1=https:/; s/=sha256__/=sha256:/; s/localhost__/localhost:/g' >"$home/livechat.env"

step "the server, in Production"
(cd "$home" && set -a && . <(sed 's/=\(.*\)$/="\1"/' livechat.env) && set +a && SSL_CERT_FILE=$home/ca.crt exec "$app") >"$home/server.log" 2>&1 &
server=$!
pids+=("$server")
until_true 30 "$app" health --Chat:Rest:Port="$rest"
grep -q 'authentication is ApiKey, Jwt' "$home/server.log"

step "nginx, with TLS, in front"
sed -e "s#listen 443 ssl#listen 127.0.0.1:$tls ssl#; s#chat.shop.example#localhost#; s#/etc/livechat/tls#$home/tls#; s#127.0.0.1:8383#127.0.0.1:$rest#; s#127.0.0.1:9094#127.0.0.1:$gateway#" \
  -e "s#^    location /socket.io/ {#    location /login/ { root $home/web; }\n&#" deploy/nginx/livechat.conf >"$home/livechat.conf"
cat >"$home/nginx.conf" <<NGINX
daemon off;
pid $home/nginx.pid;
error_log $home/nginx.log;
events {}
http {
  client_body_temp_path $home/t1; proxy_temp_path $home/t2; fastcgi_temp_path $home/t3; uwsgi_temp_path $home/t4; scgi_temp_path $home/t5;
  include $home/livechat.conf;
}
NGINX
chmod 711 "$home"; chmod -R a+rX "$home/web"
nginx -t -q -p "$home" -c "$home/nginx.conf" -e "$home/nginx.log"
nginx -p "$home" -c "$home/nginx.conf" -e "$home/nginx.log" &
pids+=("$!")
until_true 10 curl -sf --cacert "$home/ca.crt" "$issuer/keys.json"

step "visitor and agent through it"
site=https://localhost:$tls
expect 401 "$site/api/agent/queue"
expect 200 -H 'Content-Type: application/json' -d '{"fingerprint":"visitor-1","displayName":"Jane Doe"}' "$site/api/customer/sessions"
conversation=$(field conversationId) visitor=$(field sessionToken)
agent=$(token ashik agent)
expect 200 -H "Authorization: Bearer $agent" "$site/api/agent/queue"
expect 403 -H "Authorization: Bearer $(token jane customer)" "$site/api/agent/queue"
expect 200 -H "Authorization: Bearer $agent" -X POST "$site/api/agent/conversations/$conversation/accept"
(cd tests/clients/node && NODE_EXTRA_CA_CERTS=$home/ca.crt timeout 30 node "$root/tests/operator/talk.mjs" "$site" "$conversation" "$visitor" "$agent")
expect 200 -H "X-Session-Token: $visitor" "$site/api/customer/conversations/$conversation/messages"
grep -q 'over a WebSocket' "$home/answer"
expect 200 -H "X-API-Key: $(cat "$home/shop.key")" -H 'Content-Type: application/json' -d '{"fingerprint":"from-the-shop"}' "$site/api/customer/sessions"
expect 200 "$site/socket.io/?EIO=4&transport=polling"

step "administration stays inside"
expect 404 -H "Authorization: Bearer $(token root admin)" "$site/api/admin/customers/visitor-1/export"
expect 404 "$site/actuator/health"
expect 200 -H "Authorization: Bearer $(token root admin)" "http://127.0.0.1:$rest/api/admin/customers/visitor-1/export"
expect 401 "http://127.0.0.1:$rest/actuator/prometheus"

step "Prometheus"
expect 200 -H "Authorization: Bearer $(cat "$home/prometheus.key")" "http://127.0.0.1:$rest/actuator/prometheus"
# The runtime's own metrics have names that promtool finds fault with.
grep -v 'dotnet_' "$home/answer" | promtool check metrics
cp deploy/prometheus/alerts.yml "$home/alerts.yml"
sed "s#/etc/prometheus/livechat.key#$home/prometheus.key#; s#127.0.0.1:8383#127.0.0.1:$rest#; s#scrape_interval: 15s#scrape_interval: 1s#" deploy/prometheus/prometheus.yml >"$home/prometheus.yml"
promtool check config "$home/prometheus.yml" >"$home/promtool.log"
prometheus --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/tsdb" --web.listen-address="127.0.0.1:$scraper" >"$home/prometheus.log" 2>&1 &
pids+=("$!")
reads() { curl -sf "http://127.0.0.1:$scraper/api/v1/query" --data-urlencode 'query=up{job="livechat"} == 1' | grep -q '"value"'; }
until_true 30 reads

step "stop"
kill -TERM "$server"
wait "$server"
pids=("${pids[@]:1}")
for secret in "$visitor" "$agent" "$(cat "$home/shop.key")" "$(cat "$home/prometheus.key")"; do
  if grep -qF "$secret" "$home/server.log"; then echo "a credential is in the log" >&2; exit 1; fi
done
step "done"
