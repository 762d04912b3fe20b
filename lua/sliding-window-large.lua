-- The rest of the exact sliding window: rings, and behind them buckets and conversions between kinds of counters.

local min = math.min
-- Capacity, tail, entries, oldest stamp, time of expiry. For r also the surplus before the oldest entry and after the
-- last. Slot i begins at byte 45 + (i + 2) * stride.
local RING, WEIGHTED_RING, CHUNK = '<I4I4I4I4d', '<I4I4I4I4dI4I4', 64
local rare, makeRare

local function header(letter)
  return pack(HEADER, letter, limit, window, epoch, newest)
end

-- The full stamp of the entry at that place.
local function stampAt(value, at)
  return newest - (newest - unpack('<I4', value, at)) % 2^32
end

-- Microseconds until a unit taken at that quantum no longer counts.
local function leaves(stamp)
  return (stamp + span + 1) * quantum - clock
end

-- Binary search for the first number that fails the test. Returns `ending` if none below it fails.
local function search(low, ending, test)
  while low < ending do
    local middle = floor((low + ending) / 2)
    if test(middle) then low = middle + 1 else ending = middle end
  end
  return low
end

-- How many entries, from that place on, have a stamp below `border`.
local function before(value, from, entries, border)
  return search(0, entries, function(index) return stampAt(value, from + index * stride) < border end)
end

-- The surplus before the entry at that place.
local function surplusAt(value, at)
  return (unpack('<I4', value, at + 4))
end

-- Takes the cost now. Returns the entry to write: none if the last entry has the same stamp and can hold the cost.
local function take()
  local entry = ''
  if stride == 4 then
    entry = pack('<I4', now % 2^32)
  else
    if newest ~= now then entry = pack('<I4I4', now % 2^32, surplus) end
    surplus = (surplus + cost - #entry / 8) % 2^32
  end
  newest = now
  return entry
end

-- Reads slots up to the end of the ring.
local function slots(slot, count)
  local at = 45 + (slot + 2) * stride
  return call('GETRANGE', key, at, at + count * stride - 1)
end

-- Decides by a ring. Returns nothing if the ring has changed.
local function decideRing()
  stride = kind == 'R' and 4 or 8
  local format = stride == 4 and RING or WEIGHTED_RING
  local capacity, tail, entries, oldest, ending, first, whole = unpack(format, value, BODY)
  surplus = whole
  if newest > now then
    rare = rare or makeRare()
    return rare.rewind(rare.readRing(capacity, tail, entries))
  end
  oldest = newest - (newest - oldest) % 2^32
  if now - newest > span then entries = 0 end
  if entries > 0 and oldest < now - span then
    local size = min(CHUNK, entries, capacity - tail)
    local chunk = slots(tail, size)
    local dead = before(chunk, 1, size, now - span)
    local at = dead * stride + 1
    if dead == size then
      dead = search(size, entries, function(index)
        return stampAt(slots((tail + index) % capacity, 1), 1) < now - span
      end)
      chunk, at = slots((tail + dead) % capacity, 1), 1
    end
    tail, entries, oldest = (tail + dead) % capacity, entries - dead, stampAt(chunk, at)
    if stride == 8 then first = surplusAt(chunk, at) end
  end
  local count = entries
  if stride == 8 and entries > 0 then count = count + (surplus - first) % 2^32 end
  local missing = count + cost - limit
  local more = entries > 0 and leaves(oldest) or 0
  if missing > 0 then
    if missing > count then return window, count, more, entries > 0 and leaves(newest) or 0 end
    if missing == 1 then return more, count, more, leaves(newest) end
    local last = missing - 1
    if stride == 8 then
      last = search(1, entries, function(index)
        return index + (surplusAt(slots((tail + index) % capacity, 1), 1) - first) % 2^32 < missing
      end) - 1
    end
    return leaves(stampAt(slots((tail + last) % capacity, 1), 1)), count, more, leaves(newest)
  end
  if cost == 0 then return 0, count, more, 0 end
  local isNew = stride == 4 or newest ~= now
  if isNew and entries == capacity or entries * 4 < capacity or stride == 4 and cost > 1 then
    if entries == 0 then stride, surplus, newest = cost == 1 and 4 or 8, 0, 0 end
    rare = rare or makeRare()
    rare.add(rare.readRing(capacity, tail, entries))
    return 0, count + cost, entries > 0 and more or fresh, fresh
  end
  local entry = take()
  if isNew then
    call('SETRANGE', key, 45 + ((tail + entries) % capacity + 2) * stride, entry)
    entries = entries + 1
  end
  if ending < clock + fresh then
    ending = clock + fresh + floor(window / 4)
    call('PEXPIRE', key, ceil((ending - clock) / 1000) + 1000)
  end
  local start = pack(format, capacity, tail, entries, oldest % 2^32, ending, first, surplus)
  call('SETRANGE', key, '0', header(kind) .. start)
  return 0, count + cost, more, fresh
end

function makeRare()
  local find, gsub, rep, concat, max = string.find, string.gsub, string.rep, table.concat, math.max
  local BUCKETS_HEADER, COUNTS, BUCKETS = '<I4d', 42, 192 -- units, oldest bucket that has any; where the counts begin
  local LOG_BYTES, EXACT_MAX = 2048, 99999
  local PIECE_BYTES = 8192

  -- The entries of a ring, oldest first, as a list of strings. Conversions work on such lists: one string would need
  -- several copies of all entries at once.
  local function readRing(capacity, tail, entries)
    local list = {}
    while entries > 0 do
      local size = min(PIECE_BYTES / stride, entries, capacity - tail)
      local at = 45 + (tail + 2) * stride
      list[#list + 1] = call('GETRANGE', key, at, at + size * stride - 1)
      tail, entries = (tail + size) % capacity, entries - size
    end
    return list
  end

  -- Allocates exactly `capacity` slots: SETRANGE on a key that exists would reserve twice as much.
  local function saveRing(list, entries)
    local capacity = max(entries, min(limit, floor(entries * 1.5)))
    local at = 45 + 2 * stride
    call('DEL', key)
    call('SETRANGE', key, at + capacity * stride - 1, '\0')
    for _, piece in ipairs(list) do
      call('SETRANGE', key, at, piece)
      at = at + #piece
    end
    local oldest, first = unpack('<I4', list[1]), stride == 8 and surplusAt(list[1], 1)
    local format = stride == 4 and RING or WEIGHTED_RING
    local start = pack(format, capacity, 0, entries, oldest, clock + fresh, first, surplus)
    call('SETRANGE', key, '0', header(stride == 4 and 'R' or 'r') .. start)
    call('PEXPIRE', key, life)
  end

  local function widthOf(length)
    return ceil(length / BUCKETS)
  end

  -- Groups entries by time, `width` microseconds a group. Returns the latest time at which the units of each group can
  -- have been taken, and the units before each group, at the end all units. Leaves out what no longer counts.
  local function grouped(list, width)
    local times, starts, passed, last = {}, {}, 0, nil
    for _, piece in ipairs(list) do
      local entries = #piece / stride
      local index = before(piece, 1, entries, now - span)
      while index < entries do
        local at = index * stride + 1
        local group = floor(((stampAt(piece, at) + 1) * quantum - 1) / width)
        if group ~= last then
          times[#times + 1] = (group + 1) * width - 1
          starts[#times] = passed + index + (stride == 8 and surplusAt(piece, at) or 0)
          last = group
        end
        index = index + before(piece, at, entries - index, floor((group + 1) * width / quantum))
      end
      passed = passed + entries
    end
    starts[#times + 1] = passed + (stride == 8 and surplus or 0)
    return times, starts
  end

  -- Times and starts, as `grouped` returns them, of buckets up to number `filling`.
  local function ofBuckets(counts, filling, width)
    local times, starts, passed = {}, {}, 0
    for i = 0, BUCKETS do
      local units = unpack('<I4', counts, i * 4 + 1)
      if units > 0 then
        times[#times + 1] = (filling - BUCKETS + i + 1) * width - 1
        starts[#times] = passed
        passed = passed + units
      end
    end
    starts[#times + 1] = passed
    return times, starts
  end

  -- Makes 8-byte entries of times and starts.
  local function stamped(times, starts)
    local entries, last = {}, nil
    for i, time in ipairs(times) do
      local stamp = min(floor(time / quantum), now)
      if stamp ~= last then entries[#entries + 1] = pack('<I4I4', stamp % 2^32, (starts[i] - #entries) % 2^32) end
      last = stamp
    end
    stride, surplus, newest = 8, (starts[#starts] - #entries) % 2^32, last or 0
    return { concat(entries) }
  end

  local function saveBuckets(sum, oldest, counts)
    call('SET', key, header('B') .. pack(BUCKETS_HEADER, sum, oldest) .. counts, 'PX', life)
  end

  -- Makes buckets of times and starts.
  local function fill(times, starts)
    local width = widthOf(window)
    newest = floor(clock / width)
    local counts, sum, oldest = {}, 0, newest
    for i = 0, BUCKETS do counts[i] = 0 end
    for i, time in ipairs(times) do
      local bucket = min(floor(time / width), newest)
      local at = bucket - newest + BUCKETS
      if at >= 0 then
        local units = (starts[i + 1] - starts[i]) % 2^32
        counts[at] = counts[at] + units
        sum, oldest = sum + units, min(oldest, bucket)
      end
    end
    for i = 0, BUCKETS do counts[i] = pack('<I4', counts[i]) end
    saveBuckets(sum, oldest, concat(counts, '', 0, BUCKETS))
  end

  local function save(list)
    local bytes = 0
    for _, piece in ipairs(list) do bytes = bytes + #piece end
    if bytes <= LOG_BYTES then
      local start = stride == 4 and header('P') or header('p') .. pack('<I4', surplus)
      return call('SET', key, start .. concat(list), 'PX', life)
    end
    if limit > EXACT_MAX then return fill(grouped(list, widthOf(window))) end
    saveRing(list, bytes / stride)
  end

  -- Makes 8-byte entries of those of 4 bytes. None has a surplus.
  local function widen(list)
    for i, piece in ipairs(list) do list[i] = gsub(piece, '....', '%0\0\0\0\0') end
    stride, surplus = 8, 0
  end

  -- Adds the cost to entries and writes them.
  local function add(list)
    if stride == 4 and cost > 1 then widen(list) end
    list[#list + 1] = take()
    save(list)
  end

  -- After a step back of the clock: units of the future count as taken now. 8-byte entries become one.
  local function rewind(list)
    local stamp, isOne = pack('<I4', now % 2^32), false
    for i, piece in ipairs(list) do
      local entries = #piece / stride
      local past = before(piece, 1, entries, now + 1)
      if past < entries and stride == 4 then
        list[i] = sub(piece, 1, past * 4) .. rep(stamp, entries - past)
      elseif past < entries then
        local one = isOne and '' or stamp .. sub(piece, past * 8 + 5, past * 8 + 8)
        list[i] = sub(piece, 1, past * 8) .. one
        surplus = (surplus + entries - past - #one / 8) % 2^32
        isOne = true
      end
    end
    newest, epoch = now, clock
    save(list)
  end

  -- Microseconds until a bucket leaves the window.
  local function emptied(bucket)
    return (bucket + BUCKETS + 1) * widthOf(window) - clock
  end

  -- Decides by buckets. Returns nothing if they have changed.
  local function decideBuckets()
    local width = widthOf(window)
    if newest * width > clock then
      epoch = clock
      return fill(ofBuckets(sub(value, COUNTS), newest, width))
    end
    local filling = floor(clock / width)
    local first = filling - BUCKETS
    local passed = min(filling - newest, BUCKETS + 1)
    local sum, oldest = unpack(BUCKETS_HEADER, value, BODY)
    local counts = sub(value, COUNTS + passed * 4) .. rep('\0', passed * 4)
    for i = 0, passed - 1 do sum = sum - unpack('<I4', value, COUNTS + i * 4) end
    if oldest < first then
      local _, zeros = find(counts, '^%z*')
      oldest = sum > 0 and first + floor(zeros / 4) or filling
    end
    local missing = sum + cost - limit
    local more = sum > 0 and emptied(oldest) or 0
    if missing > 0 then
      local bucket, left = oldest - 1, missing
      while left > 0 and missing <= sum do
        bucket = bucket + 1
        left = left - unpack('<I4', counts, (bucket - first) * 4 + 1)
      end
      return missing > sum and window or emptied(bucket), sum, more, sum > 0 and emptied(newest) or 0
    end
    if cost == 0 then return 0, sum, more, 0 end
    local reset = emptied(filling)
    if limit > EXACT_MAX then
      newest = filling
      counts = sub(counts, 1, -5) .. pack('<I4', unpack('<I4', counts, BUCKETS * 4 + 1) + cost)
      saveBuckets(sum + cost, oldest, counts)
    else
      add(stamped(ofBuckets(counts, filling, width)))
      reset = fresh
    end
    return 0, sum + cost, sum > 0 and min(more, reset) or reset, reset
  end

  -- Times and starts of all that counts.
  local function all()
    if kind == 'B' then return ofBuckets(sub(value, COUNTS), newest, widthOf(window)) end
    local list = {}
    stride, surplus = 8, 0
    if kind == 'P' then
      stride, list[1] = 4, sub(value, BODY)
    elseif kind == 'p' then
      surplus, list[1] = unpack('<I4', value, BODY), sub(value, BODY + 4)
    elseif kind == 'R' or kind == 'r' then
      stride = kind == 'R' and 4 or 8
      local capacity, tail, entries, _, _, _, whole = unpack(stride == 4 and RING or WEIGHTED_RING, value, BODY)
      surplus = whole
      list = readRing(capacity, tail, entries)
    end
    return grouped(list, quantum)
  end

  -- Merges units that were taken elsewhere. Of more than the limit the newest are kept.
  local function merge(reported)
    local times, starts = all()
    local i, j, left, newestFirst = #times, #reported, limit, {}
    while left > 0 and i + j > 0 do
      local at, units
      if j == 0 or i > 0 and times[i] >= reported[j].at then
        at, units, i = times[i], (starts[i + 1] - starts[i]) % 2^32, i - 1
      else
        at, units, j = reported[j].at, reported[j].units, j - 1
      end
      units = min(units, left)
      newestFirst[#newestFirst + 1] = { at = at, units = units }
      left = left - units
    end
    times, starts = {}, {}
    local passed = 0
    for place = #newestFirst, 1, -1 do
      times[#times + 1], starts[#starts + 1] = newestFirst[place].at, passed
      passed = passed + newestFirst[place].units
    end
    starts[#starts + 1] = passed
    save(stamped(times, starts))
  end

  rare = { readRing = readRing, add = add, rewind = rewind, decideBuckets = decideBuckets, merge = merge }
  return rare
end

large = {
  decide = function()
    if kind ~= 'B' then return decideRing() end
    if #value == 841 then value = call('GETRANGE', key, '0', '2100') end
    rare = rare or makeRare()
    return rare.decideBuckets()
  end,
  rare = function() return rare or makeRare() end,
}
