--[[
Forgets what is counted and starts a new epoch.

KEYS  names of one key, one for each algorithm, on a cluster all of one slot
ARGV  for each of them the window in microseconds of what is left where nothing is counted; 0 or none to leave nothing
Reply how many counters there were

What is left is a header of kind E, as frame.lua describes it. It stays for a window, so that what was allowed before and
what is allowed after are not taken for one, and so that a node that was cut off learns of it.
]]

local HEADER, BYTES, EPOCH = '<c1I4ddd', 29, 13
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local time = call('TIME')
local clock = time[1] * 1000000 + time[2]
local found = 0

local function leave(name, limit, window)
  call('SET', name, pack(HEADER, 'E', limit, window, clock, 0), 'PX', math.ceil(window / 1000) + 1000)
end

-- Kind of what is there.
local function reset(name)
  local value = redis.pcall('GETRANGE', name, '0', BYTES - 1)
  if type(value) ~= 'string' or #value < BYTES then return nil end
  local kind, limit, window = unpack(HEADER, value)
  if kind == 'W' then return kind end
  if not (window > 0 and window <= 2678400000000) then return nil end
  leave(name, limit, window)
  found = found + 1
  return kind
end

for i, name in ipairs(KEYS) do
  local kind, window = reset(name), (ARGV[i] or 0) + 0
  if kind == 'W' then
    local windows = call('GETRANGE', name, BYTES, -1)
    for at = 1, #windows - 7, 8 do reset(name .. ':' .. unpack('<d', windows, at) / 1000) end
    call('SETRANGE', name, EPOCH, pack('<d', clock))
  elseif not kind and window > 0 then
    leave(name, 0, window)
  end
end
return pack('<d', found)
