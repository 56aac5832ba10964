import { expect } from 'vitest';
import { formatTimestamp, parseTimestamp } from '../../src/protocol/timestamps.js';
import { Author } from '../hostile/author.js';
import { toJson, type LooseObject } from '../hostile/json.js';
import { RECEIVE } from '../support/stranger.js';
import type { Victim } from './victim.js';

/** Servers that announce themselves to the victim in a tight loop each, until it is gone. */
export class Traffic {
  sent = 0;
  answered = 0;
  private created = 0;
  private readonly authors: Author[] = [];
  /** Times of the last announcements that were answered with 200. */
  private readonly acknowledged = new Map<Author, number>();
  private watch = (): void => undefined;

  constructor(private readonly victim: Victim) {}

  async addAuthor(): Promise<void> {
    this.created += 1;
    this.authors.push(await Author.create(`author-${this.created}.example`));
  }

  /** Looks at every count, from zero, and acts once. */
  when(condition: (traffic: Traffic) => boolean, act: () => void): void {
    this.watch = () => {
      if (!condition(this)) return;
      this.watch = () => undefined;
      act();
    };
  }

  /** Resolves when nobody gets an answer any more. */
  async run(): Promise<void> {
    this.sent = 0;
    this.answered = 0;
    await Promise.all(this.authors.map((author) => this.announceOnAndOn(author)));
  }

  /** Every announcement that was answered with 200 is there, or a later one. */
  async expectAllThere(round: string): Promise<void> {
    expect(await this.victim.peers(), round).toEqual(
      expect.arrayContaining([...this.acknowledged.keys()].map((author) => author.serverId)),
    );
    for (const [author, announcedMs] of this.acknowledged) {
      const justBefore = { ...author.announcement(), timestamp: formatTimestamp(announcedMs - 0.5) };
      expect(await this.say(author, justBefore), round).toMatchObject({
        status: 400,
        body: { code: 'announcement_superseded' },
      });
    }
  }

  private async announceOnAndOn(author: Author): Promise<void> {
    for (;;) {
      const announcement = author.announcement();
      const answer = await this.say(author, announcement, () => {
        this.sent += 1;
        this.watch();
      }).catch(() => null);
      if (answer === null) return;
      expect(answer).toMatchObject({ status: 200 });
      this.acknowledged.set(author, parseTimestamp(announcement['timestamp'] as string)!);
      this.answered += 1;
      this.watch();
    }
  }

  private async say(
    author: Author,
    announcement: LooseObject,
    onSent: () => void = () => undefined,
  ): Promise<{ status: number; body: object }> {
    const body = toJson(author.envelope('announcement', await author.signed(announcement)));
    const answer = this.victim.post(RECEIVE, body);
    onSent();
    return answer;
  }
}
