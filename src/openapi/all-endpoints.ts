import { ADMISSION_ENDPOINTS } from '../admission/admission-endpoints.js';
import { CALLS_ENDPOINTS } from '../calls/calls-endpoints.js';
import { GOSSIP_ENDPOINTS } from '../gossip/gossip-endpoints.js';
import type { EndpointDescriptions } from '../http/endpoint-description.js';
import { IDENTITY_ENDPOINTS } from '../identity/identity-endpoints.js';
import { HEALTH_ENDPOINTS } from '../maintenance/health-endpoints.js';
import { MAINTENANCE_ENDPOINTS } from '../maintenance/maintenance-endpoints.js';
import { DETECTION_ENDPOINTS } from '../neighbors/detection-endpoints.js';
import { LINKS_ENDPOINTS } from '../neighbors/links-endpoints.js';
import { PEER_VIEWS_ENDPOINTS } from '../neighbors/peer-views-endpoints.js';
import { PEERS_ENDPOINTS } from '../peers/peers-endpoints.js';
import { RECORDS_ENDPOINTS } from '../peers/records-endpoints.js';
import { REGISTRATION_ENDPOINTS } from '../registration/registration-endpoints.js';
import { ROUTING_ENDPOINTS } from '../routing/routing-endpoints.js';
import { SYNC_ENDPOINTS } from '../sync/sync-endpoints.js';
import { OPENAPI_ENDPOINTS } from './openapi-endpoints.js';

/** Every endpoint, in the order of `/docs`. A test names the routes that are missing here. */
export const ALL_ENDPOINTS: EndpointDescriptions = {
  ...HEALTH_ENDPOINTS,
  ...IDENTITY_ENDPOINTS,
  ...GOSSIP_ENDPOINTS,
  ...CALLS_ENDPOINTS,
  ...SYNC_ENDPOINTS,
  ...ADMISSION_ENDPOINTS,
  ...DETECTION_ENDPOINTS,
  ...LINKS_ENDPOINTS,
  ...PEER_VIEWS_ENDPOINTS,
  ...PEERS_ENDPOINTS,
  ...RECORDS_ENDPOINTS,
  ...ROUTING_ENDPOINTS,
  ...REGISTRATION_ENDPOINTS,
  ...MAINTENANCE_ENDPOINTS,
  ...OPENAPI_ENDPOINTS,
};
