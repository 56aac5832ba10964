import { Module } from '@nestjs/common';
import { NeighborsRepository } from './neighbors.repository.js';
import { NeighborsService } from './neighbors.service.js';

@Module({ providers: [NeighborsRepository, NeighborsService], exports: [NeighborsService] })
export class NeighborsModule {}
