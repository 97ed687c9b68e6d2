/** Bounds of WebSocket connections. API Gateway ends one after two hours, or ten silent minutes. */
export const LIVE_LIMITS = {
  /** A row outlives the longest connection by as much as clocks may differ. */
  rowSeconds: 7_500,
  /** How old what a warm function remembers of subscriptions may be. Catching up covers it. */
  rememberedMs: 1000,
  /** After subscribing the log is read until it has passed that moment: it gathers for 1 s, and is a moment behind. */
  catchUpSeconds: 8,
  catchUpLookMs: 400,
  /** Connections that one function posts to at once: 10 000 posts of 15 ms take 0.8 s. */
  postsAtOnce: 200,
  /** A reader whose buffer is full is told what it missed when there is room for that, after 0.2, 0.4 and 0.8 s; then cut. */
  noticeDelaysMs: [200, 400, 800],
  /** Events in one message of the queue. An event is a few hundred bytes; SQS takes 1 MiB. */
  eventsPerMessage: 200,
} as const;
