import "./ask-within.ts";

await import("../admission.test.ts");
