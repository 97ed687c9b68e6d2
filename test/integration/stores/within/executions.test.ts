import "./ask-within.ts";

await import("../executions.test.ts");
