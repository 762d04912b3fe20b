--[[
Exact sliding window: in no interval as long as the window are more than `limit` units allowed, on whichever nodes.
Where the clock of Redis steps back, units of its future count as taken now.

State after the header
  P  log of up to 2,048 bytes. Each unit has an entry of 4 bytes, its stamp. The oldest comes first.
  R  ring of `capacity` slots for such entries. The entries begin at slot `tail`. Redis reads and writes it in place.
  p  log of up to 2,048 bytes. Units of one time share an entry of 8 bytes: their stamp and the surplus before them.
  r  ring of such entries
  B  192 full buckets and the one being filled, oldest first: units in each, for limits of 100,000 and more
A counter starts as P. A cost above 1 turns it into p or r, so its size depends on the number of checks in it and never
on their costs. It starts again when nothing in it counts. The surplus is the number of units beyond one for each entry,
modulo 2^32. Converting a counter takes work for each of its entries, but only once: afterwards the entries are few, or
as many checks must come before the next conversion.

A stamp is the time in quanta, modulo 2^32. `newest` is the newest stamp in full, for B the number of the bucket being
filled. A quantum is a microsecond for windows up to 35 minutes. For longer windows it is coarser, and a unit counts up
to two quanta too long. In B, 192 buckets are a window, and a unit counts up to a bucket too long. No unit counts too
short. A counter expires at the latest a quarter of a window and a second after nothing in it counts.
]]

local sub, min = string.sub, math.min

-- Microseconds of a quantum; window and now in quanta; microseconds until a unit of now leaves; life of a counter.
local quantum, span, now, fresh, life
-- The log or ring at hand: bytes of an entry (4 or 8) and, with 8, the surplus after the last entry.
local stride, surplus

-- Functions for rings, and within them those for conversions and buckets, are made when they are first needed: that
-- takes longer than to decide. For the same reason the functions here are few and use numbers where names would be
-- clearer: each name that a function captures costs time.
local large, makeLarge

local function ask()
  quantum = window < 2^31 and 1 or window < 2^31 * 1000 and 1000 or 1000000
  span, now = ceil(window / quantum), floor(clock / quantum)
  fresh = (now + span + 1) * quantum - clock
  life = tostring(expiry(fresh))
end

-- The full stamp of the entry at that place.
local function stampAt(value, at)
  return newest - (newest - unpack('<I4', value, at)) % 2^32
end

-- Microseconds until a unit taken at that quantum no longer counts.
local function leaves(stamp)
  return (stamp + span + 1) * quantum - clock
end

-- How many entries, from that place on, have a stamp below `border`.
local function before(value, from, entries, border)
  local low, probe, step = 0, 0, 1
  while probe < entries and stampAt(value, from + probe * stride) < border do
    low, probe, step = probe + 1, probe + step, step * 2
  end
  local high = min(probe, entries)
  while low < high do
    local middle = floor((low + high) / 2)
    if stampAt(value, from + middle * stride) < border then low = middle + 1 else high = middle end
  end
  return low
end

-- Decides by a log: the entries of `value` from that place on.
local function decideLog(key, value, from)
  local bytes = #value - from + 1
  local dead = now - newest > span and bytes or before(value, from, bytes / stride, now - span) * stride
  from, bytes = from + dead, bytes - dead
  local count = bytes / stride
  if stride == 8 and bytes > 0 then count = count + (surplus - unpack('<I4', value, from + 4)) % 2^32 end
  local missing = count + cost - limit
  local more = bytes > 0 and leaves(stampAt(value, from)) or 0
  if missing > 0 then
    if missing > count then return window, count, more, bytes > 0 and leaves(newest) or 0 end
    -- The entry of the last missing unit is the last one that has fewer units before it.
    local last = missing - 1
    if stride == 8 then
      local first, high = unpack('<I4', value, from + 4), min(last, bytes / 8 - 1)
      last = 0
      while last < high do
        local middle = ceil((last + high) / 2)
        local units = middle + (unpack('<I4', value, from + middle * 8 + 4) - first) % 2^32
        if units < missing then last = middle else high = middle - 1 end
      end
    end
    return leaves(stampAt(value, from + last * stride)), count, more, leaves(newest)
  end
  if cost == 0 then return 0, count, more, 0 end
  if bytes == 0 then stride, surplus, newest = cost == 1 and 4 or 8, 0, 0 end
  if bytes + stride > 2048 or stride == 4 and cost > 1 then
    (large or makeLarge()).rare().add(key, { sub(value, from) })
  elseif stride == 4 then
    newest = now
    call('SET', key, header('P') .. sub(value, from) .. pack('<I4', now % 2^32), 'PX', life)
  else
    local entry = newest == now and '' or pack('<I4I4', now % 2^32, surplus)
    surplus = (surplus + cost - #entry / 8) % 2^32
    newest = now
    call('SET', key, header('p') .. pack('<I4', surplus) .. sub(value, from) .. entry, 'PX', life)
  end
  return 0, count + cost, count > 0 and more or fresh, fresh
end

local function decide(name)
  -- Reads all of a log or of buckets. Where a ring is likely, reads its header, or up to 203 entries of a log.
  local inParts = limit > 512 and limit <= 99999
  local key, value, kind = fetch(name, inParts and '840' or '2100')
  if kind == 'R' or kind == 'r' then return (large or makeLarge()).decideRing(key, value, kind) end
  if inParts and #value == 841 then value = call('GETRANGE', key, '0', '2100') end
  if kind == 'B' then return (large or makeLarge()).rare().decideBuckets(key, value) end
  if kind ~= 'P' and kind ~= 'p' then
    if kind and kind ~= 'E' then epoch = 0 end
    stride = 4
    return decideLog(key, '', 1)
  end
  local from = BODY
  stride = 4
  if kind == 'p' then stride, surplus, from = 8, unpack('<I4', value, BODY) end
  if newest > now then
    (large or makeLarge()).rare().rewind(key, { sub(value, from) })
    return decide(key)
  end
  return decideLog(key, value, from)
end
