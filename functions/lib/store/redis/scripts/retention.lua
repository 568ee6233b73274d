-- retention
-- The longest retention that the store was opened with: rule A2 of agreement.ts.
--
-- KEYS[1]  a hash: log, letters, in milliseconds; before: a JSON array of what they were, { logMs, deadLetterMs, until }
-- ARGV     log, dead letters ("" for what was not asked); the defaults of both; test time
-- Returns  { log, dead letters, before } as they are kept then; before is "" where they were never raised
--
-- What is shorter than what is kept changes nothing, not even the other one.

local kept = redis.call('HMGET', KEYS[1], 'log', 'letters', 'before')
local before = kept[3] or ''
local new = {}
for i = 1, 2 do
  local asked, was = tonumber(ARGV[i]), tonumber(kept[i])
  if asked and was and asked < was then return { kept[1], kept[2], before } end
  new[i] = (asked or was) and string.format('%.0f', math.max(asked or 0, was or 0)) or ARGV[i + 2]
end
if new[1] ~= kept[1] or new[2] ~= kept[2] then
  if kept[1] and kept[2] then
    local list = before ~= '' and cjson.decode(before) or {}
    list[#list + 1] = { logMs = tonumber(kept[1]), deadLetterMs = tonumber(kept[2]), ['until'] = time_of(ARGV[5]) }
    before = cjson.encode(list)
  end
  redis.call('HSET', KEYS[1], 'log', new[1], 'letters', new[2], 'before', before)
end
return { new[1], new[2], before }
