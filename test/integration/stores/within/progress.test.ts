import "./ask-within.ts";

await import("../progress.test.ts");
