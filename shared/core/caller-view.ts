import * as z from "zod";

/** Who a token speaks for, and what that allows; `*` stands for everything, `agent:*` for everything about agents. */
export const CallerView = z
  .object({
    tenant: z.string(),
    subject: z.string(),
    roles: z.array(z.string()),
    permissions: z.array(z.string()),
    /** An administrator of the tenant that runs the deployment: what reaches across tenants is open to them alone. */
    is_deployment_admin: z.boolean(),
  })
  .meta({ id: "Caller" });
