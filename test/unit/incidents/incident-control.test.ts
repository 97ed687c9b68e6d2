import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { actOnIncident, reportIncident } from "../../../shared/incidents/control/incident-control.ts";
import { incidentIdOf } from "../../../shared/incidents/incident.ts";
import { bodyLike, IncidentWorld } from "../../fixtures/runtime/incident-kit.ts";

const reportOf = (world: IncidentWorld, more: object = {}) => ({
  tenant: "acme",
  at: new Date(world.time).toISOString(),
  by: "monitor",
  newId: incidentIdOf("acme", String(Math.trunc(world.time))),
  fingerprint: "f",
  body: bodyLike(),
  ...more,
});

/** Another comes first, each time. */
const losing = (world: IncidentWorld): void => {
  world.tables.onSend = (name) => {
    const CancellationReasons = [{ Code: "ConditionalCheckFailed" }, { Code: "None" }, { Code: "None" }, { Code: "None" }];
    if (name === "TransactWriteCommand") throw new TransactionCanceledException({ message: "cancelled", $metadata: {}, CancellationReasons });
  };
};

describe("reporting incidents", () => {
  it("makes one incident of the same trouble that several report at once", async () => {
    const world = new IncidentWorld();
    const reported = await Promise.all([1, 2, 3].map((each) => reportIncident(world.detect, reportOf(world, { newId: `inc_${each}` }))));
    expect(new Set(reported.map(({ incident }) => incident.incident_id)).size).toBe(1);
    expect(reported.map(({ outcome }) => outcome).filter((outcome) => outcome === "opened")).toHaveLength(1);
    expect(await world.incidents()).toHaveLength(1);
  });

  it("opens it again once where several find that it is back", async () => {
    const world = new IncidentWorld();
    const { incident } = await reportIncident(world.detect, reportOf(world));
    await actOnIncident(world.detect, { tenant: "acme", id: incident.incident_id }, { act: { edge: "resolved", text: "over" }, at: new Date(world.time).toISOString(), by: "ann" });
    const back = await Promise.all([1, 2].map(() => reportIncident(world.detect, reportOf(world))));
    expect(back.map(({ outcome }) => outcome).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["known", "reopened"]);
    expect(await world.incidents()).toMatchObject([{ occurrences: 2 }]);
  });

  it("begins another one half an hour after the end", async () => {
    const world = new IncidentWorld();
    const { incident } = await reportIncident(world.detect, reportOf(world));
    await actOnIncident(world.detect, { tenant: "acme", id: incident.incident_id }, { act: { edge: "resolved", text: "over" }, at: new Date(world.time).toISOString(), by: "ann" });
    world.time += 31 * 60_000;
    expect(await reportIncident(world.detect, reportOf(world))).toMatchObject({ outcome: "opened", incident: { occurrences: 1 } });
  });

  it("gives up on what keeps changing, and says that it may be tried again", async () => {
    const world = new IncidentWorld();
    const { incident } = await reportIncident(world.detect, reportOf(world));
    const place = { tenant: "acme", id: incident.incident_id };
    losing(world);
    const act = { act: { edge: "noted" as const, text: "x" }, at: new Date(world.time).toISOString(), by: "ann" };
    await expect(actOnIncident(world.detect, place, act)).rejects.toThrow("keeps changing");
    await expect(reportIncident(world.detect, reportOf(world, { fingerprint: "g", newId: "inc_other" }))).rejects.toThrow("keeps changing");
  });
});
