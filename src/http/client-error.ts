import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FederationErrorCode } from '../protocol/errors.js';

export interface ClientErrorAnswer {
  readonly status: 400 | 408 | 431;
  readonly body: { readonly detail: string; readonly code: FederationErrorCode };
}

/** What a caller hears whose bytes never became a request: Node's error code to a status. */
export function clientErrorAnswer(errorCode = ''): ClientErrorAnswer {
  switch (errorCode) {
    case 'HPE_HEADER_OVERFLOW':
      return answer(431, 'The headers are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return answer(408, 'The request did not arrive in time');
    default:
      return answer(400, 'This is not HTTP/1.1 as it should be');
  }
}

/** For the metrics: few words for many codes, among them those of a caller who hung up. */
export function unreadableReason(
  errorCode = '',
): 'headers_too_large' | 'timeout' | 'not_http' | 'connection' {
  switch (errorCode) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'timeout';
    default:
      return errorCode.startsWith('HPE_') ? 'not_http' : 'connection';
  }
}

/** Answers what Node itself refuses with a JSON body, where nothing was answered yet, and closes the connection. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (socket.writable && !hasAnswered(socket)) socket.write(httpText(clientErrorAnswer(error.code)));
    socket.destroySoon();
  });
}

/** Node's own default handler looks at the same field: there is no public way to ask. */
function hasAnswered(socket: Socket & { _httpMessage?: { headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}

function httpText({ status, body }: ClientErrorAnswer): string {
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

function answer(status: ClientErrorAnswer['status'], detail: string): ClientErrorAnswer {
  return { status, body: { detail, code: 'malformed_request' } };
}
