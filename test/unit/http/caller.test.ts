import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Caller, isPermitted, ROLES } from "../../../shared/http/caller.ts";

describe("isPermitted", () => {
  it.each([
    { roles: ["workflow_submitter"], permission: "workflow:submit", may: true },
    { roles: ["workflow_submitter"], permission: "workflow:create", may: false },
    { roles: ["workflow_designer"], permission: "workflow:create", may: true },
    { roles: ["workflow_designer"], permission: "agent:manage", may: false },
    { roles: ["operator"], permission: "agent:manage", may: true },
    { roles: ["operator"], permission: "resource:manage", may: false },
    { roles: ["agent"], permission: "agent:heartbeat", may: true },
    { roles: ["agent"], permission: "agent:read", may: false },
    { roles: ["agent", "workflow_submitter"], permission: "execution:read", may: true },
    { roles: ["admin"], permission: "anything:at_all", may: true },
    { roles: [], permission: "execution:read", may: false },
  ])("$roles on $permission: $may", ({ roles, permission, may }) => {
    expect(isPermitted({ roles }, permission)).toBe(may);
  });

  it("grants nothing to a role that is not listed, whatever it is called", () => {
    fc.assert(fc.property(fc.string().filter((role) => !Object.hasOwn(ROLES, role)), fc.string(), (role, permission) => !isPermitted({ roles: [role] }, permission)));
    expect(["toString", "__proto__", "constructor", "*", "Admin"].filter((role) => isPermitted({ roles: [role] }, "workflow:read"))).toEqual([]);
  });
});

describe("Caller", () => {
  it("reads the authorizer's context", () => {
    expect(Caller.parse({ tenant: "acme", subject: "ann", roles: "operator  agent ", principalId: "ann" })).toEqual({ tenant: "acme", subject: "ann", roles: ["operator", "agent"] });
  });
});
