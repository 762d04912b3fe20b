/** Answers every request at once with the same check, so that whoever asks is the one that is measured. */

const body = '{"allowed":true,"limit":100,"current_count":1,"remaining":99,"retry_after_seconds":0,"reset_seconds":60}';
const headers = {
  "content-type": "application/json",
  "x-ratelimit-limit": "100",
  "x-ratelimit-remaining": "99",
  "x-ratelimit-reset": "60",
  "ratelimit-policy": '"default";q=100;w=60',
  ratelimit: '"default";r=99;t=60',
};

Bun.serve({ port: Number(process.argv[2]), hostname: "127.0.0.1", fetch: () => new Response(body, { headers }) });
