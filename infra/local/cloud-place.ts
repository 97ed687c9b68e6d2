/** Where the cloud pretends to be, and where it really is. */
export interface CloudPlace {
  readonly region: string;
  readonly accountId: string;
  /** One HTTP endpoint for all services. */
  readonly endpoint: string;
  readonly stateDir: string;
}
