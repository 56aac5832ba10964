import { FederationError } from '../protocol/errors.js';
import { PeerUnreachable, type PeerHttp, type PeerRequest, type PeerResponse } from './peer-http.js';

function unreachable(problem: string): FederationError {
  return new FederationError('peer_unreachable', problem);
}

/**
 * What another server answers to a GET, with status 200.
 * @param refusal the error for any other status, which `problem` tells
 * @throws `peer_unreachable` where no usable answer came; the signal's reason where the caller aborted
 */
export async function getFrom(
  http: PeerHttp,
  { url, timeoutMs }: Pick<PeerRequest, 'url' | 'timeoutMs'>,
  signal?: AbortSignal,
  refusal: (problem: string) => Error = unreachable,
): Promise<PeerResponse> {
  const response = await http.request({ method: 'GET', url, timeoutMs }, signal).catch((error: unknown) => {
    if (!(error instanceof PeerUnreachable)) throw error;
    throw new FederationError('peer_unreachable', error.message, { cause: error });
  });
  if (response.status !== 200) throw refusal(`${url} answers ${response.status}`);
  return response;
}
