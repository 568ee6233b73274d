-- retention
-- The longest retention that the store was opened with: rule A2 of agreement.ts.
--
-- KEYS[1]  a hash: log, letters, in milliseconds
-- ARGV     log, dead letters ("" for what was not asked); the defaults of both
-- Returns  { log, dead letters } as they are kept then
--
-- What is shorter than what is kept changes nothing, not even the other one.

local kept = redis.call('HMGET', KEYS[1], 'log', 'letters')
local new = {}
for i = 1, 2 do
  local asked, was = tonumber(ARGV[i]), tonumber(kept[i])
  if asked and was and asked < was then return { kept[1], kept[2] } end
  new[i] = (asked or was) and string.format('%.0f', math.max(asked or 0, was or 0)) or ARGV[i + 2]
end
if new[1] ~= kept[1] or new[2] ~= kept[2] then redis.call('HSET', KEYS[1], 'log', new[1], 'letters', new[2]) end
return new
