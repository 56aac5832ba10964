/** What the examples of `/docs` show. The names and the announcement are those of docs/protocol.md. */

export const EXAMPLE_TIME = '2026-11-23T01:02:03.456789+00:00';
export const EXAMPLE_UUID = '3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001';
export const EXAMPLE_FINGERPRINT = '5228D4CA9D48F3795CD58587819CB140';

/** Signed: its signature holds (wire protocol 1.2). */
export const EXAMPLE_ANNOUNCEMENT = {
  version: '1.0',
  server_id: 'chat.example.org',
  server_uuid: '3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001',
  public_key:
    '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAw43cY6b95MdsgCV90xEa\n2GsQu3zRfS6wMyQ5AbF6EveR142fyiOg3PFnRqtkSZUwUeLEEwIrWqLscCWxHdc9\n0W4Lr75qXNVDp2B6k4+x8bpAJdHRBDxrLq4camN40jtt06iXLMbfxv5QkC6QyiPV\npeJOgS8dBSLe5BFH9WLvPB2pNzFSXMd/pmlCx+uMlLXBBXvmLSd8RKU57Rks0iZP\nG3/sbHhTrRgLv0ZvqjTFhmrGJABHPr1NbyzHLqaCoxWMh5F9QB+NF1MjYNGDT4Cw\nsx6XRqvmWZZj/XMH+ugQKD7tlnAwpLXjTIXQWZnp7a28MYt88DgNfQBwBANnDao7\n3wIDAQAB\n-----END PUBLIC KEY-----\n',
  capabilities: {
    paging: true,
    ai_messaging: false,
    supported_versions: ['1.0'],
  },
  endpoints: {
    federation: 'https://chat.example.org/discovery/api/v1/federation',
    discovery: 'https://chat.example.org/discovery',
  },
  timestamp: '2026-11-23T01:02:03.456789+00:00',
  signature:
    'qdOJ3McxzBO61fVR88c0LhYJTpFg3o8CRDM+6hYS4HQStGalu3oQ6bhVlsZcPAEn64ayQfXSc04NCbHxWauesrjktN5vIt7z0+HXsBmA34lYwGORZrqFhT6xlg6nvlsN/FCNeI/qZx33T8Jqp6hGQIF14M5zbh/WUU5IUx0nwiPTCOdy+Db73MS9KXKMnMDIbW41y/xXjypoJ/gJesD284dahNEfnDtm4ty4wghikUGypzyp5HL6q6XCY+hi+gPs4SlihJQQWzNpFZHmyPlI2YkiubjCQcLAP/kZptk/5FYlBrUPoCoTeB5U9gaBuL9rbNOk5FtQ35VYZFr0V8MNyQ==',
};

export const EXAMPLE_ENDPOINTS = {
  discovery: 'https://lattice.acme.example/discovery',
  federation: 'https://lattice.acme.example/discovery/api/v1/federation',
};
