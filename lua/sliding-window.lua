--[[
Exact sliding window: in no interval as long as the window are more than `limit` units allowed, on whichever nodes.
Where the clock of Redis steps back, units of its future count as taken now.

State after the header
  P  packed log, up to 512 units: a 32-bit stamp for each unit, oldest first
  R  ring of `capacity` stamps, of which `count` from slot `tail` on are in use; read and written in place
  B  from a limit of 100,000 up: units in the 192 buckets before the one being filled and in that, oldest first
A stamp is the time in quanta, modulo 2^32; `newest` is the newest in full, in B the number of the bucket being filled.
A quantum is a microsecond for windows up to 35 minutes and coarser for longer ones, where a unit counts up to two
quanta too long. In B, where 192 buckets are a window, it counts up to a bucket too long. Nowhere does it count too short.
A counter expires at the latest a quarter of a window and a second after nothing in it counts.
]]

local sub, rep, min = string.sub, string.rep, math.min

local PACKED_MAX, EXACT_MAX = 512, 99999

-- Quantum, length of the window and now in quanta, microseconds until a unit of now leaves, how long a counter then lives.
local quantum, span, now, fresh, life

-- What is only for rings and buckets, once it is needed: to make the functions takes longer than to decide.
local large, makeLarge

local function quantumOf(length)
  if length < 2^31 then return 1 end
  return length < 2^31 * 1000 and 1000 or 1000000
end

local function ask()
  quantum = quantumOf(window)
  span, now = ceil(window / quantum), floor(clock / quantum)
  fresh = (now + span + 1) * quantum - clock
  life = tostring(expiry(fresh))
end

-- The stamp at a place of a string, in full.
local function stampAt(value, at)
  return newest - (newest - unpack('<I4', value, at)) % 2^32
end

-- Microseconds until a unit taken at that quantum no longer counts.
local function leaves(stamp)
  return (stamp + span + 1) * quantum - clock
end

-- How many of the stamps from that place on no longer count.
local function deadIn(value, from, count)
  local oldest = now - span
  local low, probe, step = 0, 0, 1
  while probe < count and stampAt(value, from + probe * 4) < oldest do
    low, probe, step = probe + 1, probe + step, step * 2
  end
  local high = min(probe, count)
  while low < high do
    local middle = floor((low + high) / 2)
    if stampAt(value, from + middle * 4) < oldest then low = middle + 1 else high = middle end
  end
  return low
end

-- Writes the stamps of `value` from that place on, and as many of now as there are units.
local function saveLog(key, value, from, units)
  if (#value - from + 1) / 4 + units > PACKED_MAX then return (large or makeLarge()).save(key, value, from, units) end
  if units > 0 then newest = now end
  call('SET', key, header('P') .. sub(value, from) .. rep(pack('<I4', now % 2^32), units), 'PX', life)
end

-- Decides by the stamps of `value` from that place on.
local function decideLog(key, value, from)
  local count = (#value - from + 1) / 4
  local dead = now - newest > span and count or deadIn(value, from, count)
  from, count = from + dead * 4, count - dead
  local missing = count + cost - limit
  local more = count > 0 and leaves(stampAt(value, from)) or 0
  if missing > 0 then
    local retry = missing > count and window or leaves(stampAt(value, from + (missing - 1) * 4))
    return retry, count, more, count > 0 and leaves(newest) or 0
  end
  if cost == 0 then return 0, count, more, 0 end
  saveLog(key, value, from, cost)
  return 0, count + cost, count > 0 and more or fresh, fresh
end

local function decide(key)
  local ringy = limit > PACKED_MAX and limit <= EXACT_MAX
  -- Of a counter that may be a ring, the start: all of a log of up to 128 units.
  local value = ringy and pcall('GETRANGE', key, '0', '540') or not ringy and pcall('GET', key)
  local kind, windowThen = open(value)
  if kind == 'R' or kind == 'B' then return (large or makeLarge()).decide(key, value, windowThen) end
  if kind ~= 'P' then
    if kind ~= 'E' then epoch = 0 end
    return decideLog(key, '', 1)
  end
  if ringy and #value == 541 then value = call('GET', key) end
  if windowThen ~= window and quantumOf(windowThen) ~= quantum or newest > now then
    if newest * quantumOf(windowThen) > clock then epoch = clock end
    large = large or makeLarge()
    large.restamp(key, sub(value, BODY), quantumOf(windowThen))
    return decide(key)
  end
  return decideLog(key, value, BODY)
end

function makeLarge()
  local pack, unpack, find, max = struct.pack, struct.unpack, string.find, math.max
  local RING_HEADER, SLOTS = '<I4I4I4I4d', 53 -- capacity, tail, count, oldest, when it expires; what is before the slots
  local BUCKETS_HEADER, COUNTS = '<I4d', 42 -- total, number of the oldest bucket with units; where the counts begin
  local PACKED_AGAIN, BUCKETS, CHUNK = 128, 192, 64

  local function widthOf(length)
    return ceil(length / BUCKETS)
  end

  local function save(key, kind, body)
    call('SET', key, header(kind) .. body, 'PX', life)
  end

  -- Sorts what was taken, a time in microseconds and units in turn, into buckets; nothing is later than now.
  local function saveBuckets(key, taken)
    local width = widthOf(window)
    newest = floor(clock / width)
    local counts, total, oldest = {}, 0, newest
    for i = 0, BUCKETS do counts[i] = 0 end
    for i = 1, #taken, 2 do
      local bucket, units = min(floor(taken[i] / width), newest), taken[i + 1]
      local at = bucket - newest + BUCKETS
      if at >= 0 and units > 0 then
        counts[at] = counts[at] + units
        total, oldest = total + units, min(oldest, bucket)
      end
    end
    for i = 0, BUCKETS do counts[i] = pack('<I4', counts[i]) end
    save(key, 'B', pack(BUCKETS_HEADER, total, oldest) .. table.concat(counts, '', 0, BUCKETS))
  end

  -- Writes more stamps than a packed log holds.
  local function saveLarge(key, value, from, units)
    local kept = (#value - from + 1) / 4
    local count = kept + units
    if limit > EXACT_MAX then
      local taken = { clock, units }
      for i = 0, kept - 1 do
        taken[i * 2 + 3] = (stampAt(value, from + i * 4) + 1) * quantum - 1
        taken[i * 2 + 4] = 1
      end
      return saveBuckets(key, taken)
    end
    if units > 0 then newest = now end
    local stamps = sub(value, from) .. rep(pack('<I4', now % 2^32), units)
    local capacity = max(count, min(limit, count * 2))
    local ring = pack(RING_HEADER, capacity, 0, count, unpack('<I4', stamps), clock + fresh)
    save(key, 'R', ring .. stamps .. rep('\0', (capacity - count) * 4))
  end

  -- The stamps of a ring in one piece, oldest first.
  local function unroll(value)
    local capacity, tail, count = unpack(RING_HEADER, value, BODY)
    local turn = min(tail + count, capacity)
    return sub(value, SLOTS + tail * 4 + 1, SLOTS + turn * 4) .. sub(value, SLOTS + 1, SLOTS + (tail + count - turn) * 4)
  end

  local function readSlots(key, slot, count)
    return call('GETRANGE', key, SLOTS + slot * 4, SLOTS + (slot + count) * 4 - 1)
  end

  local function decideRing(key, value)
    local capacity, tail, count, oldest, ending = unpack(RING_HEADER, value, BODY)
    oldest = newest - (newest - oldest) % 2^32
    local chunk = CHUNK
    if now - newest > span then count = 0 end
    while count > 0 and oldest < now - span do
      local size = min(chunk, count, capacity - tail)
      local stamps = readSlots(key, tail, size)
      local dead = deadIn(stamps, 1, size)
      tail, count, chunk = (tail + dead) % capacity, count - dead, chunk * 2
      oldest = dead < size and stampAt(stamps, dead * 4 + 1) or stampAt(readSlots(key, tail, 1), 1)
    end
    local missing = count + cost - limit
    local more = count > 0 and leaves(oldest) or 0
    if missing > 0 then
      local retry = missing > count and window or more
      if missing > 1 and missing <= count then
        retry = leaves(stampAt(readSlots(key, (tail + missing - 1) % capacity, 1), 1))
      end
      return retry, count, more, count > 0 and leaves(newest) or 0
    end
    if cost == 0 then return 0, count, more, 0 end
    if count + cost > capacity or count + cost <= PACKED_AGAIN or limit <= PACKED_MAX then
      return decideLog(key, unroll(call('GET', key)), 1)
    end
    if count == 0 then oldest = now end
    newest = now
    local at, stamp = (tail + count) % capacity, pack('<I4', now % 2^32)
    local straight = min(cost, capacity - at)
    call('SETRANGE', key, SLOTS + at * 4, rep(stamp, straight))
    if cost > straight then call('SETRANGE', key, SLOTS, rep(stamp, cost - straight)) end
    if ending < clock + fresh then
      ending = clock + fresh + floor(window / 4)
      call('PEXPIRE', key, expiry(ending - clock))
    end
    call('SETRANGE', key, '0', header('R') .. pack(RING_HEADER, capacity, tail, count + cost, oldest % 2^32, ending))
    return 0, count + cost, count > 0 and more or fresh, fresh
  end

  -- Microseconds until a bucket no longer counts.
  local function emptied(bucket)
    return (bucket + BUCKETS + 1) * widthOf(window) - clock
  end

  -- Counts bucket by bucket to stamp by stamp, each unit as late as it can have been taken.
  local function stampsOf(counts, filling)
    local stamps, width = {}, widthOf(window)
    for i = 0, BUCKETS do
      local stamp = min(floor(((filling - BUCKETS + i + 1) * width - 1) / quantum), now)
      stamps[i + 1] = rep(pack('<I4', stamp % 2^32), (unpack('<I4', counts, i * 4 + 1)))
    end
    return table.concat(stamps)
  end

  local function decideBuckets(key, value)
    local filling = floor(clock / widthOf(window))
    local first = filling - BUCKETS
    local passed = min(filling - newest, BUCKETS + 1)
    local total, oldest = unpack(BUCKETS_HEADER, value, BODY)
    local counts = sub(value, COUNTS + passed * 4) .. rep('\0', passed * 4)
    for i = 0, passed - 1 do total = total - unpack('<I4', value, COUNTS + i * 4) end
    if oldest < first then
      local _, zeros = find(counts, '^%z*')
      oldest = total > 0 and first + floor(zeros / 4) or filling
    end
    local missing = total + cost - limit
    local more = total > 0 and emptied(oldest) or 0
    if missing > 0 then
      local bucket, left = oldest - 1, missing
      while left > 0 and missing <= total do
        bucket = bucket + 1
        left = left - unpack('<I4', counts, (bucket - first) * 4 + 1)
      end
      return missing > total and window or emptied(bucket), total, more, total > 0 and emptied(newest) or 0
    end
    if cost == 0 then return 0, total, more, 0 end
    local reset = emptied(filling)
    if limit > EXACT_MAX then
      newest = filling
      counts = sub(counts, 1, -5) .. pack('<I4', unpack('<I4', counts, BUCKETS * 4 + 1) + cost)
      save(key, 'B', pack(BUCKETS_HEADER, total + cost, oldest) .. counts)
    else
      newest = now
      saveLog(key, stampsOf(counts, filling), 1, cost)
      reset = fresh
    end
    return 0, total + cost, total > 0 and more or reset, reset
  end

  -- Writes stamps of another quantum, or of the clock's future, as stamps of the quantum at hand and not after now.
  local function restamp(key, log, grain)
    local stamps = {}
    local function here(stamp) return min(floor(((stamp + 1) * grain - 1) / quantum), now) end
    for i = 1, #log, 4 do stamps[#stamps + 1] = pack('<I4', here(stampAt(log, i)) % 2^32) end
    newest = here(newest)
    saveLog(key, table.concat(stamps), 1, 0)
  end

  -- Writes buckets of another width, or of the clock's future, as buckets of the width at hand and not after now.
  local function refill(key, value, width)
    local taken = {}
    for i = 0, BUCKETS do
      taken[i * 2 + 1] = (newest - BUCKETS + i + 1) * width - 1
      taken[i * 2 + 2] = unpack('<I4', value, COUNTS + i * 4)
    end
    saveBuckets(key, taken)
  end

  local function decideLarge(key, value, windowThen)
    local isRing = sub(value, 1, 1) == 'R'
    local grain = isRing and quantumOf(windowThen) or widthOf(windowThen)
    local isSame = isRing and grain == quantum or windowThen == window
    if isSame and newest * grain <= clock then
      if isRing then return decideRing(key, value) end
      return decideBuckets(key, #value == 541 and call('GET', key) or value)
    end
    if newest * grain > clock then epoch = clock end
    value = call('GET', key)
    if isRing then restamp(key, unroll(value), grain) else refill(key, value, grain) end
    return decide(key)
  end

  large = { save = saveLarge, restamp = restamp, decide = decideLarge }
  return large
end
