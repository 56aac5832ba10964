import { textOf } from '../docs/repository.js';
import type { Site } from '../support/nginx.js';

/** A configuration in front of the daemon on this port of 127.0.0.1. */
export type SiteFor = (daemonPort: number) => Site;

/** An address from which the operator may administer, where a test wants one. */
export const OPERATOR_ADDRESS = '127.9.9.9';

/** The files of docs/nginx as they are, but for the daemon's port. */
export const shipped: SiteFor = (daemonPort) => shippedFor(`127.0.0.1:${daemonPort}`);

/** @param daemon `host:port` */
export const shippedFor = (daemon: string): Site => ({
  http: textOf('docs/nginx/lattice-zones.conf'),
  server: textOf('docs/nginx/lattice.conf').replaceAll('127.0.0.1:1113', daemon),
});

/** The same, after an operator has put an address into the line that is meant for it. */
export const shippedWithOperator: SiteFor = (daemonPort) => {
  const { http, server } = shipped(daemonPort);
  return { http: http.replace(/# \S+ 1;/, `${OPERATOR_ADDRESS} 1;`), server };
};

/** What operators of the Python daemon have been told to write: the least that there is in the field. */
export const inTheField: SiteFor = (daemonPort) => ({
  http: '',
  server: `
    location /discovery/ {
        proxy_pass http://localhost:${daemonPort}/;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 60s;
        proxy_send_timeout 60s;
        proxy_read_timeout 60s;
    }`,
});

/** No headers, and `Host` becomes the daemon's own address: all that comes through looks local. */
export const careless: SiteFor = (daemonPort) => ({
  http: '',
  server: `location /discovery/ { proxy_pass http://127.0.0.1:${daemonPort}/; }`,
});
