import "./ask-within.ts";

await import("../audit.test.ts");
