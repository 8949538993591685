-- Floating point on records: planets that attract each other, stepped in time.
local N = ... or 230000

local sqrt = math.sqrt
local PI = 3.141592653589793
local SUN = 4 * PI * PI
local YEAR = 365.24

local function body(x, y, z, vx, vy, vz, mass)
  return { x = x, y = y, z = z, vx = vx * YEAR, vy = vy * YEAR, vz = vz * YEAR, mass = mass * SUN }
end

local bodies = {
  body(0, 0, 0, 0, 0, 0, 1),
  body(4.84143144246472, -1.16032004402743, -0.10362204447113, 0.00166007664275, 0.00769901118420, -0.00006904600169, 0.00095479193842),
  body(8.34336671824458, 4.12479856412431, -0.40352341711432, -0.00276742510726, 0.00499852801235, 0.00002304172975, 0.00028588598067),
  body(12.8943695621391, -15.1111514016986, -0.22330757889265, 0.00296460137564, 0.00237847173959, -0.00002965895685, 0.00004366244043),
  body(15.3796971148509, -25.9193146099880, 0.17925877295038, 0.00268067772490, 0.00162824170039, -0.00009515922545, 0.00005151389020),
}

local function energy()
  local e = 0
  for i = 1, #bodies do
    local a = bodies[i]
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      e = e - a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(dt)
  local n = #bodies
  for i = 1, n do
    local a = bodies[i]
    local ax, ay, az, am = a.x, a.y, a.z, a.mass
    local vx, vy, vz = a.vx, a.vy, a.vz
    for j = i + 1, n do
      local b = bodies[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * sqrt(d2))
      local bm = b.mass * mag
      vx, vy, vz = vx - dx * bm, vy - dy * bm, vz - dz * bm
      bm = am * mag
      b.vx = b.vx + dx * bm
      b.vy = b.vy + dy * bm
      b.vz = b.vz + dz * bm
    end
    a.vx, a.vy, a.vz = vx, vy, vz
    a.x = ax + dt * vx
    a.y = ay + dt * vy
    a.z = az + dt * vz
  end
end

local before = energy()
for _ = 1, N do advance(0.01) end

print(string.format("%.8f %.6f", before, energy()))
