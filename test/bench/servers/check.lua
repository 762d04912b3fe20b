wrk.method = "POST"
wrk.body = '{"key":"load-1234"}'
wrk.headers["content-type"] = "application/json"
