-- client.lua: one request of wrk's, with a token of one owner among many.
-- Arguments: the file of tokens (line u is owner u's), a method, a path in
-- which %t becomes a thread of that owner and %s the one with messages, and
-- optionally the one owner to be.  BENCH_MOST: it stops after so many answers.

local heads, owners, method, path, only = {}, 0, nil, nil, nil

local function thread(u, t)
	return string.format("2%014d%04d", u, t)
end

local function run(u, t, r)
	return string.format("00000000-0000-4000-8000-%012d",
	    10 * (10000 * u + t) + r)
end

-- Each time another message, also in another run of this.
local sent, series = 0, nil

local function message()
	sent = sent + 1
	return string.format('{"message_id": "%s-%d", "content": ' ..
	    '{"text": "What did each of them cost us?"}}', series, sent)
end

local function rating(u, t)
	return '{"run_id": "' .. run(u, t, math.random(0, 9)) ..
	    '", "sentiment": ' ..
	    (math.random(2) == 1 and "true" or "false") .. "}"
end

function init(args)
	method, path, only = args[2], args[3], tonumber(args[4])
	for token in io.lines(args[1]) do
		owners = owners + 1
		heads[owners] = " HTTP/1.1\r\nHost: bench\r\n" ..
		    "Authorization: Bearer " .. token .. "\r\n"
	end
	owners = owners - 1	-- the last one has 5,000 threads
	local f = assert(io.open("/dev/urandom", "rb"))
	local a, b, c = f:read(3):byte(1, 3)
	f:close()
	math.randomseed(a * 65536 + b * 256 + c)
	series = math.random(1e9)
	local left = tonumber(os.getenv("BENCH_MOST"))
	if left then
		function response()
			left = left - 1
			if left <= 0 then
				wrk.thread:stop()
			end
		end
	end
end

function request()
	local u, t = only or math.random(owners), math.random(50)
	local p, body = path, ""
	if p:find("%", 1, true) then
		p = p:gsub("%%t", thread(u, t))
		p = p:gsub("%%s", string.format(
		    "00000000-0000-4000-8002-%012d", u))
	end
	if method == "POST" then
		if path == "/api/v1/threads" then
			body = "{}"
		elseif path:find("tool-result", 1, true) then
			body = '{"tool_call_id":"bench","status":"approved"}'
		elseif path:find("/messages", 1, true) then
			body = message()
		else
			body = rating(u, t)
		end
		body = "Content-Type: application/json\r\nContent-Length: " ..
		    #body .. "\r\n\r\n" .. body
	else
		body = "\r\n"
	end
	return method .. " " .. p .. heads[u] .. body
end

function done(sum, latency)
	local e = sum.errors
	print(string.format("BENCH %d %d %d %d %d %d", sum.requests,
	    sum.duration, latency:percentile(50), latency:percentile(99),
	    e.connect + e.read + e.write + e.status + e.timeout, sum.bytes))
end
