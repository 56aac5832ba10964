import { AddressPolicy } from '../../src/platform/address-policy.js';
import { GuardedPeerHttp } from '../../src/platform/guarded-peer-http.js';
import { PeerHttp, type PeerRequest, type PeerResponse } from '../../src/platform/peer-http.js';

/** Calls loopback in place of hosts on the net: what a resolver and an authority would do, without their ports and certificates. */
export class RedirectedPeerHttp extends PeerHttp {
  /** Every URL that was called, as it was meant. */
  readonly called: string[] = [];
  private readonly real = new GuardedPeerHttp(new AddressPolicy(['127.0.0.0/8']));

  /** @param places by origin, such as `https://chat.example.org`, the one on loopback */
  constructor(private readonly places: ReadonlyMap<string, string> = new Map()) {
    super();
  }

  request(request: PeerRequest, signal?: AbortSignal): Promise<PeerResponse> {
    this.called.push(request.url);
    const { origin } = new URL(request.url);
    const url = request.url.replace(origin, this.places.get(origin) ?? origin);
    return this.real.request({ ...request, url }, signal);
  }

  override forgetConnections(): void {
    this.real.forgetConnections();
  }

  close(): Promise<void> {
    return this.real.close();
  }
}
