import { describe, expect, it } from "vitest";
import { chunksOf, Meter } from "../../../../infra/local/meter.ts";

describe("the meter", () => {
  it("counts calls by their operation, and bills SQS for each begun 64 KB", () => {
    const meter = new Meter();
    expect(meter.amounts).toEqual({ billed: {}, calls: {} });
    meter.call("AmazonSQS.SendMessage", "x");
    meter.call("AmazonSQS.SendMessage", "x".repeat(65 * 1024));
    meter.call("DynamoDB_20120810.GetItem", "{}");
    expect(meter.amounts).toEqual({
      billed: { sqs_requests: 3 },
      calls: { "AmazonSQS.SendMessage": 2, "DynamoDB_20120810.GetItem": 1 },
    });
  });

  it("bills functions by request and by memory and time", () => {
    const meter = new Meter();
    meter.invocation("dispatch", 0.25);
    meter.invocation("dispatch", 0.5);
    expect(meter.amounts).toEqual({ billed: { lambda_requests: 2, lambda_gb_seconds: 0.75 }, calls: { "invoke:dispatch": 2 } });
  });

  it("counts bytes, not letters", () => {
    expect([chunksOf(""), chunksOf("é".repeat(32 * 1024)), chunksOf(`${"é".repeat(32 * 1024)}x`)]).toEqual([1, 1, 2]);
  });
});
