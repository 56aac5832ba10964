import { Injectable } from '@nestjs/common';
import type { Peer } from '../peers/peer.js';
import { FederationError } from '../protocol/errors.js';
import type { Origin } from './admission-policy.js';
import { checkedPlace, CheckedPlaces } from './checked-places.js';
import { announcementUrl, ContactService } from './contact.service.js';

/** Calls a server where it says it is (wire protocol 2.4). */
@Injectable()
export class CallBack {
  constructor(
    private readonly contact: ContactService,
    private readonly places: CheckedPlaces,
  ) {}

  /** Done where it has answered with what it said, and is in the directory, proven. @throws FederationError saying what is wrong */
  async prove(
    { serverUuid, serverId, endpoints }: Pick<Peer, 'serverUuid' | 'serverId' | 'endpoints'>,
    origin: Origin,
    signal: AbortSignal,
  ): Promise<void> {
    const url = announcementUrl({ endpoints });
    const place = checkedPlace(serverId, url);
    if (!this.places.take(place))
      throw notProven(`${place} was called within the last 10 minutes, and proved nobody`);
    const fetched = await this.contact.fetch(url, signal);
    const introduction = await this.contact.introduce(fetched, origin, signal);
    if (fetched.announcement.serverUuid !== serverUuid) throw notProven(`${url} answers as another server`);
    if (introduction !== 'proven')
      throw notProven(`${url} answers an announcement with another key, name or place`);
    this.places.clear(place);
  }
}

function notProven(detail: string): FederationError {
  return new FederationError('peer_unreachable', detail);
}
