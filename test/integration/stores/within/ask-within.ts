/** The store suite once more, through the clients that functions of the embedded cloud have: they need no HTTP. */
process.env["DYNAMODB_DOOR"] = "within";
