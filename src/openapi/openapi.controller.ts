import { createHash } from 'node:crypto';
import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CONFIG, type Config } from '../config/config.js';
import { localUrl } from '../config/default-endpoints.js';
import { releaseVersion } from '../platform/release.js';
import type { OpenApiDocument } from './document.js';
import { PAGE_STYLE } from './page-style.js';

/**
 * The page is administration, at an origin that may administer without a token. So it can do nothing: no script runs,
 * nothing is loaded or sent, no other page shows it in a frame, and its style is the one that was written here.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What all endpoints take and answer, for people and for programs. */
@Controller('docs')
export class OpenApiController {
  /** Made when somebody first asks, as most daemons never need it; and again where the public address has changed. */
  #made: { readonly publicUrl: string | null; readonly document: Promise<OpenApiDocument> } | null = null;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', PAGE_POLICY)
  @Header('x-content-type-options', 'nosniff')
  @Header('referrer-policy', 'no-referrer')
  async page(@Req() request: Request): Promise<string> {
    const { renderPage } = await import('./page.js');
    return renderPage(await this.#described(request));
  }

  @Get('openapi.json')
  document(@Req() request: Request): Promise<OpenApiDocument> {
    return this.#described(request);
  }

  #described({ socket }: Request): Promise<OpenApiDocument> {
    const { publicUrl } = this.config;
    if (this.#made === null || this.#made.publicUrl !== publicUrl)
      this.#made = { publicUrl, document: this.#build(socket.localPort ?? this.config.port, publicUrl) };
    return this.#made.document;
  }

  async #build(port: number, publicUrl: string | null): Promise<OpenApiDocument> {
    const [{ ALL_ENDPOINTS }, { buildDocument }] = await Promise.all([
      import('./all-endpoints.js'),
      import('./build-document.js'),
    ]);
    const { host } = this.config;
    const version = releaseVersion();
    return buildDocument(ALL_ENDPOINTS, { version, localUrl: localUrl(host, port), publicUrl });
  }
}
