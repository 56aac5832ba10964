import { FederationError } from '../protocol/errors.js';
import { PeerUnreachable, type PeerHttp, type PeerRequest, type PeerResponse } from './peer-http.js';

function unreachable(problem: string): FederationError {
  return new FederationError('peer_unreachable', problem);
}

interface GetRequest extends Pick<PeerRequest, 'url' | 'timeoutMs'> {
  readonly signal?: AbortSignal | undefined;
  /** The error for a status other than 200, which `problem` tells. */
  readonly refusal?: (problem: string) => Error;
}

/**
 * What another server answers to a GET, with status 200.
 *
 * @throws `peer_unreachable` where no usable answer came; the signal's reason where the caller aborted
 */
export async function getFrom(
  http: PeerHttp,
  { url, timeoutMs, signal, refusal = unreachable }: GetRequest,
): Promise<PeerResponse> {
  const response = await http.request({ method: 'GET', url, timeoutMs }, signal).catch((error: unknown) => {
    if (!(error instanceof PeerUnreachable)) throw error;
    throw new FederationError('peer_unreachable', error.message, { cause: error });
  });
  if (response.status !== 200) throw refusal(`${url} answers ${response.status}`);
  return response;
}
