import type { Request, Response } from 'express';

/** What is found out about a request while it is handled, for its line in the log. */
export interface RequestNotes {
  /** Given by the request log, which every request meets first. */
  requestId?: string;
  /** server_id of the sender, once its signature held. */
  peer?: string;
  /** Code of the refusal, or what became of a message. */
  outcome?: string;
  /** The operator asks. */
  isAdministration?: boolean;
}

/** Express makes this object with every response, so notes cost no memory of their own. */
export function notesOf(message: Request | Response): RequestNotes {
  const response = 'res' in message ? message.res! : (message as Response);
  return response.locals;
}
