import { Module } from '@nestjs/common';
import { LinkAnswers } from './link-answers.js';
import { LinksController } from './links.controller.js';

/** Mutual links: only where the extension is on. */
@Module({ controllers: [LinksController], providers: [LinkAnswers] })
export class LinksModule {}
