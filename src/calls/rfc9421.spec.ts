import { describe, expect, it } from 'vitest';
import { requireAcceptableKey, SignatureVerifier } from '../platform/keys.js';
import { contentDigest, isDigestOf } from './content-digest.js';
import { signatureBase } from './signature-base.js';
import { isInnerList, parseDictionary, serializeInnerList, type InnerList } from './structured-field.js';

/** test-key-rsa-pss of RFC 9421, appendix B.1.2. */
const KEY = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
`;

/** The request that appendix B.2 signs, component by component. */
const REQUEST: Readonly<Record<string, string>> = {
  '"@method"': 'POST',
  '"@authority"': 'example.com',
  '"@path"': '/foo',
  '"@query"': '?param=Value&Pet=dog',
  '"@query-param";name="Pet"': 'dog',
  '"date"': 'Tue, 20 Apr 2021 02:07:55 GMT',
  '"content-type"': 'application/json',
  '"content-digest"':
    'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
  '"content-length"': '18',
};

const B21 = {
  input: '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
  signature:
    'd2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==',
};
const B22 = {
  input:
    '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
  signature:
    'LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==',
};
const B23 = {
  input:
    '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
  signature:
    'bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==',
};

const SIGNED = [
  ['B.2.1, nothing but its parameters', B21],
  ['B.2.2, selected components', B22],
  ['B.2.3, everything', B23],
] as const;

function coveredBy(input: string): InnerList {
  const covered = parseDictionary(`sig=${input}`).get('sig')!;
  if (!isInnerList(covered)) throw new Error('not a list of components');
  return covered;
}

function baseOf(input: string, request = REQUEST): string {
  const base = signatureBase(coveredBy(input), (item) => {
    const name = serializeInnerList({ items: [item], parameters: new Map() }).slice(1, -1);
    return request[name] ?? null;
  });
  if (base === null) throw new Error('a component is missing');
  return base;
}

describe('the examples of RFC 9421, appendix B.2', () => {
  const verifier = new SignatureVerifier();

  it('are signed by a key that this daemon takes', () => {
    expect(() => requireAcceptableKey(KEY)).not.toThrow();
  });

  it('have the signature base that the RFC shows', () => {
    expect(baseOf(B22.input).split('\n')).toEqual([
      '"@authority": example.com',
      `"content-digest": ${REQUEST['"content-digest"']}`,
      '"@query-param";name="Pet": dog',
      `"@signature-params": ${B22.input}`,
    ]);
  });

  it.each(SIGNED)('verify: %s', async (_title, { input, signature }) => {
    const base = baseOf(input);
    expect(await verifier.verify(KEY, base, signature, 'request')).toBe(true);
    expect(await verifier.verify(KEY, `${base} `, signature, 'request')).toBe(false);
    // One key, two schemes: a request's signature is none of a message.
    expect(await verifier.verify(KEY, base, signature)).toBe(false);
  });

  it.each(Object.keys(REQUEST).filter((name) => B23.input.includes(name)))(
    'do not verify where %s is another',
    async (name) => {
      const base = baseOf(B23.input, { ...REQUEST, [name]: `${REQUEST[name]}x` });
      expect(await verifier.verify(KEY, base, B23.signature, 'request')).toBe(false);
    },
  );

  it('have no signature base where a component has no value, or more lines than one', () => {
    expect(signatureBase(coveredBy(B23.input), () => null)).toBeNull();
    expect(signatureBase(coveredBy('("date")'), () => 'a\n"@method": GET')).toBeNull();
  });
});

describe('the digests of RFC 9530', () => {
  it.each([
    ['{"hello": "world"}\n', 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'],
    ['', 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:'],
  ])('of %j is %s', (body, digest) => {
    expect(contentDigest(body)).toBe(digest);
    expect(isDigestOf(digest, Buffer.from(body))).toBe(true);
    expect(isDigestOf(digest, Buffer.from(`${body} `))).toBe(false);
    expect(isDigestOf(`sha-512=:AAAA:, ${digest}`, Buffer.from(body))).toBe(true);
  });

  it.each(['sha-512=:AAAA:', 'sha-256', 'sha-256="text"', 'sha-256=(:AAAA:)'])(
    '%s names no body',
    (digest) => {
      expect(isDigestOf(digest, Buffer.alloc(0))).toBe(false);
    },
  );
});
