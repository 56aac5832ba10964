import { Header } from '@nestjs/common';

/** Of a handler that answers with JSON as text, such as a message as it was signed; Nest would call it HTML. */
export function AnswersJsonText(): MethodDecorator {
  return Header('content-type', 'application/json');
}
