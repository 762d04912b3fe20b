--[[
Exact sliding window: in no interval as long as the window are more than `limit` units allowed, on whichever nodes.
Where the clock of Redis steps back, units of its future count as taken now.

State after the header
  P  log of up to 2,048 bytes. Each unit has an entry of 4 bytes, its stamp. The oldest comes first. Where `newest` is older
     than the last stamp, entries are appended for a quarter of a window and none is cut: that takes Redis half the time.
     Redis reserves twice the memory for it, so it is done up to 1,024 bytes.
  R  ring of `capacity` slots for such entries. The entries begin at slot `tail`. Redis reads and writes it in place.
  p  log of up to 2,048 bytes. Units of one time share an entry of 8 bytes: their stamp and the surplus before them.
  r  ring of such entries
  B  192 full buckets and the one being filled, oldest first: units in each, for limits of 100,000 and more
A counter starts as P. A cost above 1 turns it into p or r, so its size depends on the number of checks in it and never
on their costs. It starts again when nothing in it counts. The surplus is the number of units beyond one for each entry,
modulo 2^32. Converting a counter takes work for each of its entries, but only once: afterwards the entries are few, or
as many checks must come before the next conversion.

A stamp is the time in quanta, modulo 2^32. `newest` is the newest stamp in full, for P as of when its header was
written, for B the number of the bucket being filled. A quantum is a microsecond for windows up to 35 minutes. For longer
windows it is coarser, and a unit counts up to two quanta too long. In B, 192 buckets are a window, and a unit counts up to
a bucket too long. No unit counts too short. A counter expires at the latest a quarter of a window and a second after
nothing in it counts.

Logs are decided here, by one search in a string that is read once. The functions for everything else are made when the
first key needs them; a log that needs one is opened again.
]]

-- Microseconds of a quantum; window and now in quanta; microseconds until a unit of now leaves.
local quantum, span, now, fresh
local stamp -- of now
local life, longLife -- of a counter, and of a log to append to
-- The log or ring at hand: bytes of an entry (4 or 8) and, with 8, the surplus after the last entry.
local stride, surplus
-- Functions for rings, buckets and conversions, and whether they are needed.
local large, isLarge

--- ask ---

quantum = window < 2^31 and 1 or window < 2^31 * 1000 and 1000 or 1000000
span, now = ceil(window / quantum), floor(clock / quantum)
fresh = (now + span + 1) * quantum - clock
life = tostring(ceil(fresh / 1000) + 1000)
longLife = tostring(ceil((fresh + window / 4) / 1000) + 1000)
stamp = pack('<I4', now % 2^32)
-- All of a log or of buckets. Where a ring is likely, its header, or up to 203 entries of a log.
last = limit > 512 and limit <= 99999 and '840' or '2100'

--- decide ---

isLarge = isLarge or kind == 'R' or kind == 'r' or kind == 'B'
if isLarge and not large then
  --- large ---
end

if kind == 'R' or kind == 'r' or kind == 'B' then
  local ok
  ok, retry, count, more, reset = attempt(large.decide)
  isDecided, isNone = ok and retry ~= nil, not ok
else
  -- The entries of the log: where they begin, and how many bytes they have.
  local written = newest -- when the header was
  local from, bytes = BODY, 0
  stride = 4
  if kind == 'P' or kind == 'p' then
    if last == '840' and #value == 841 then value = call('GETRANGE', key, '0', '2100') end
    if kind == 'p' then stride, from = 8, BODY + 4 end
    bytes = #value + 1 - from
    if bytes < stride or bytes % stride > 0 then
      kind, bytes, epoch = nil, 0, 0
    elseif stride == 4 then
      newest = newest + (unpack('<I4', value, #value - 3) - newest) % 2^32
    else
      surplus = unpack('<I4', value, BODY)
    end
  elseif kind and kind ~= 'E' then
    epoch = 0
  end

  -- Those that count. `most` is how much older than the newest one they may be; what was over when that came does not
  -- come back.
  local most = newest > now and span or span - (now - newest)
  if bytes > 0 and most < 0 then
    bytes = 0
  elseif bytes > 0 then
    local age = (newest - unpack('<I4', value, from)) % 2^32
    if age > most and bytes > stride then
      -- The first entry that counts, the last one at the latest, by steps that double and then by halves.
      local low, high, step, final = 1, 1, 1, bytes / stride - 1
      while high < final and (newest - unpack('<I4', value, from + high * stride)) % 2^32 > most do
        low, high, step = high + 1, high + step, step * 2
      end
      if high > final then high = final end
      while low < high do
        local middle = floor((low + high) / 2)
        age = (newest - unpack('<I4', value, from + middle * stride)) % 2^32
        if age > most then low = middle + 1 else high = middle end
      end
      from, bytes = from + low * stride, bytes - low * stride
      age = (newest - unpack('<I4', value, from)) % 2^32
    end
    more, reset = (newest - age + span + 1) * quantum - clock, (newest + span + 1) * quantum - clock
    count = bytes / stride
    if stride == 8 then count = count + (surplus - unpack('<I4', value, from + 4)) % 2^32 end
  end

  -- The answer.
  local missing = count + cost - limit
  if bytes > 0 and newest > now then
    if large then large.rare().rewind({ sub(value, from) }) end
    isLarge, isDecided = true, false
  elseif missing > count then
    retry = window
  elseif missing > 0 then
    -- The entry of the last missing unit is the last one that has fewer units before it.
    local at = missing - 1
    if stride == 8 then
      local first, high = unpack('<I4', value, from + 4), math.min(at, bytes / 8 - 1)
      at = 0
      while at < high do
        local middle = ceil((at + high) / 2)
        local units = middle + (unpack('<I4', value, from + middle * 8 + 4) - first) % 2^32
        if units < missing then at = middle else high = middle - 1 end
      end
    end
    local leaving = newest - (newest - unpack('<I4', value, from + at * stride)) % 2^32
    retry = (leaving + span + 1) * quantum - clock
  elseif cost > 0 then
    if bytes == 0 then stride, surplus, newest = cost == 1 and 4 or 8, 0, 0 end
    if bytes + stride > 2048 or stride == 4 and cost > 1 then
      if large then large.rare().add({ sub(value, from) }) end
      isLarge, isDecided = true, large ~= nil
    elseif stride == 8 then
      local entry = newest == now and '' or pack('<I4I4', now % 2^32, surplus)
      surplus = (surplus + cost - #entry / 8) % 2^32
      local start = pack('<c1I4dddI4', 'p', limit, window, epoch, now, surplus)
      call('SET', key, start .. (bytes > 0 and sub(value, from) or '') .. entry, 'PX', life)
    elseif bytes == 0 then
      call('SET', key, pack(HEADER, 'P', limit, window, epoch, now) .. stamp, 'PX', life)
    elseif newest > written and now - written <= span / 4 and #value < 1024 and limitThen == limit then
      call('APPEND', key, stamp)
    else
      call('SET', key, pack(HEADER, 'P', limit, window, epoch, now - 1) .. sub(value, from) .. stamp, 'PX', longLife)
    end
    if count == 0 then more = fresh end
    count, reset = count + cost, fresh
  end
end
