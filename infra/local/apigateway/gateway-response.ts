/** How the gateway words one of its own answers. */
export interface GatewayResponse {
  readonly statusCode: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Body template for JSON. */
  readonly template: string | undefined;
}

const DEFAULTS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ACCESS_DENIED: [403, "User is not authorized to access this resource with an explicit deny"],
  AUTHORIZER_CONFIGURATION_ERROR: [500, "Internal server error"],
  AUTHORIZER_FAILURE: [500, "Internal server error"],
  INTEGRATION_FAILURE: [504, "Network error communicating with endpoint"],
  INTEGRATION_TIMEOUT: [504, "Endpoint request timed out"],
  API_CONFIGURATION_ERROR: [502, "Internal server error"],
  MISSING_AUTHENTICATION_TOKEN: [403, "Missing Authentication Token"],
  REQUEST_TOO_LARGE: [413, "HTTP content length exceeded 10485760 bytes."],
  UNAUTHORIZED: [401, "Unauthorized"],
  FORBIDDEN: [403, "Forbidden"],
  /** Only HTTP APIs say this. */
  NOT_FOUND: [404, "Not Found"],
};

/** Why the gateway answers itself, named as in the API Gateway documentation. */
export type Refusal = string;

/** An answer ready to be written. */
export interface PlainResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer for a refusal: as the template customises it, else as AWS words it. */
export function refusalResponse(
  responses: ReadonlyMap<string, GatewayResponse>,
  refusal: Refusal,
  requestId: string,
): PlainResponse {
  const [status, message] = DEFAULTS[refusal] ?? [500, "Internal server error"];
  const custom = responses.get(refusal) ?? responses.get(status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");
  const template = custom?.template ?? '{"message":$context.error.messageString}';
  const values: Readonly<Record<string, string>> = {
    "$context.error.messageString": JSON.stringify(message),
    "$context.error.message": message,
    "$context.error.responseType": refusal,
    "$context.requestId": requestId,
  };
  const body = template.replace(/\$context\.[\w.]+/g, (name) => values[name] ?? "");
  const headers = { "content-type": "application/json", "x-amzn-errortype": `${refusal}Exception`, ...custom?.headers };
  return { statusCode: custom?.statusCode ?? status, headers, body };
}
