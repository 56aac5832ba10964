#!/usr/bin/env bash
# What the reader of docs/operations.md has before its first command, set up in the throw-away machine: programs, a
# name with its certificate, a public address, a federation to join. Arguments: the node that runs the tests.
#
# /srv/source is the repository with its node_modules and dist, /srv/origin.git what is cloned, /srv/npm-cache npm's.
set -euo pipefail

# An address of the kind that other servers are called at; it is this machine's own, which has no other network.
readonly ADDRESS=1.2.3.4
ip address add $ADDRESS/32 dev lo
echo "$ADDRESS chat.example.org hub.example.org shop.example.org" >>/etc/hosts

for program in node npm; do
  [[ -e /usr/bin/$program ]] || ln -s "$(dirname "$1")/$program" /usr/bin/$program
done

# Packages come from the cache that installing this repository has filled.
mkdir -p /tmp/npm/{upper,work} /srv/npm
mount -t overlay npm -o lowerdir=/srv/npm-cache,upperdir=/tmp/npm/upper,workdir=/tmp/npm/work /srv/npm
printf 'offline=true\ncache=/srv/npm\n' >~/.npmrc
git config --system url.file:///srv/origin.git.insteadOf https://git.example.org/lattice.git
git config --system --add safe.directory '*'

# An authority that signs for the names, which curl and Node trust. Its place is that of certbot.
cd "$(mktemp -d)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=Test authority' \
  -keyout ca.key -out ca.pem 2>/dev/null
for name in chat hub shop; do
  folder=/etc/letsencrypt/live/$name.example.org
  mkdir -p "$folder"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name.example.org" \
    -keyout "$folder/privkey.pem" -out "$name.csr" 2>/dev/null
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$folder/fullchain.pem" \
    -extfile <(echo "subjectAltName=DNS:$name.example.org") 2>/dev/null
done
cp ca.pem /etc/ssl/test-authority.pem
cat ca.pem >>/etc/ssl/certs/ca-certificates.crt
systemctl set-environment NODE_EXTRA_CA_CERTS=/etc/ssl/test-authority.pem

# A cluster of its own: what is in that of the host is not ours to read.
version=$(pg_lsclusters --no-header | awk 'NR == 1 { print $1 }')
rm -rf /etc/postgresql/*/* /var/lib/postgresql/*/*
pg_createcluster "${version:-15}" main >/dev/null
rm -f /etc/nginx/sites-enabled/*
# The packages of Debian enable what they install; the machine was made without.
systemctl enable --quiet postgresql nginx

# The server that a newcomer is told to meet.
cat >/etc/nginx/conf.d/hub.conf <<'CONF'
server {
    listen 443 ssl;
    server_name hub.example.org;
    ssl_certificate /etc/letsencrypt/live/hub.example.org/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/hub.example.org/privkey.pem;
    location /discovery/ {
        proxy_pass http://127.0.0.1:4113/;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
}
CONF
systemctl start postgresql nginx
systemd-run --quiet --unit=hub --working-directory=/srv/source --setenv=LATTICE_SERVER_ID=hub.example.org \
  --setenv=LATTICE_APP_URL=https://hub.example.org --setenv=LATTICE_PORT=4113 \
  --setenv=LATTICE_DATA_DIR=/var/lib/hub /usr/bin/node dist/main.js
timeout 60 bash -c 'until curl -fs https://hub.example.org/discovery/status; do sleep 0.2; done' >/dev/null
