"""How a laparoscope lights tissue, as shader text for the graphics card.

The light sits beside the lens. What it sends back: a diffuse part that leaks a little past the terminator, as
in tissue; a sharp mirror of the wet film (Fresnel by Schlick's approximation) and a soft one under it. Light
falls off with distance. Colour and relief come from one tile that is laid on from three sides and blended by
the normal; the relief turns the normal by its slope on the screen (Mikkelsen 2010, "Bump mapping
unparametrized surfaces on the GPU"). Breathing and the pull of an instrument move the vertices and leave the
tile where it was.
"""

from __future__ import annotations

from medview.phantoms.laparoscopy.tissues import SPAN_MM

VERTEX_DECLARATIONS = """
out vec4 vertexVCVSOutput;
out vec3 placeMC;
out vec3 facingMC;
"""

VERTEX_PLACE = """
placeMC = vertexMC.xyz;
facingMC = normalMC;
vec3 fromMiddle = (vertexMC.xyz - breathMiddle) / 75.0;
vec3 fromGrasp = (vertexMC.xyz - grasped) / 17.0;
vec4 movedMC = vertexMC;
movedMC.xyz += breath * exp(-dot(fromMiddle, fromMiddle)) + pull * exp(-dot(fromGrasp, fromGrasp));
vertexVCVSOutput = MCVCMatrix * movedMC;
gl_Position = MCDCMatrix * movedMC;
"""

FRAGMENT_DECLARATIONS = """
in vec3 placeMC;
in vec3 facingMC;
"""

FRAGMENT_LIGHT = f"""
vec3 share = pow(abs(normalize(facingMC)), vec3(6.0));
share /= share.x + share.y + share.z;
vec3 on = placeMC / {SPAN_MM:.1f};
vec4 skin = texture(actortexture, on.yz) * share.x + texture(actortexture, on.zx + 0.37) * share.y
          + texture(actortexture, on.xy + 0.71) * share.z;
vec3 place = vertexVC.xyz;
vec3 smoothN = normalize(normalVCVSOutput);
vec3 toEye = normalize(-place);
if (dot(smoothN, toEye) < 0.0) smoothN = -smoothN;
float height = relief * (skin.a - 0.5);
vec3 acrossX = dFdx(place); vec3 acrossY = dFdy(place);
vec3 one = cross(acrossY, smoothN); vec3 two = cross(smoothN, acrossX);
float area = dot(acrossX, one);
vec3 slope = sign(area) * (dFdx(height) * one + dFdy(height) * two);
vec3 bent = normalize(abs(area) * smoothN - slope);
vec3 film = normalize(mix(smoothN, bent, 0.55));
vec3 lamp = vec3(0.0, 3.5, 0.0) - place;
float away = length(lamp);
vec3 toLamp = lamp / away;
vec3 middle = normalize(toLamp + toEye);
float reach = 1.0 / (0.25 + pow(away / 85.0, 2.0)) * smoothstep(0.55, 0.85, -normalize(place).z);
float open = diffuseColor.r;
vec3 albedo = pow(skin.rgb, vec3(2.2)) * mix(vec3(1.0), diffuseColor.ggg * 2.0, 1.0 - metal);
float facing = dot(bent, toLamp);
float lit = max((facing + 0.18) / 1.18, 0.0);
vec3 leak = vec3(0.20, 0.035, 0.02) * smoothstep(0.6, 0.0, facing);
vec3 dim = mix(vec3(0.20, 0.05, 0.04), vec3(1.0), pow(open, 0.8));
float fresnel = 0.03 + 0.97 * pow(1.0 - max(dot(film, toEye), 0.0), 5.0);
float sharp = pow(max(dot(film, middle), 0.0), 380.0) * 6.0;
float soft = pow(max(dot(bent, middle), 0.0), 2.0 / (roughness * roughness * roughness)) * 0.15;
float around = 0.02 * fresnel * open;
vec3 light = albedo * (lit + leak * albedo.r) * dim * reach;
light += gloss * (sharp * (0.25 + fresnel) + soft + around) * vec3(1.0, 0.96, 0.92) * reach * open;
vec3 mirrored = reflect(-toEye, bent);
vec3 room = mix(vec3(0.10, 0.025, 0.02), vec3(0.55, 0.30, 0.25), smoothstep(-0.6, 0.8, mirrored.y));
light *= 1.0 - 0.82 * metal;
light += metal * (room * 0.50 + pow(max(dot(mirrored, toLamp), 0.0), 30.0) * 0.9) * albedo * min(reach, 1.3);
vec3 shown = 1.0 - exp(-2.3 * light);
gl_FragData[0] = vec4(pow(shown, vec3(1.0 / 2.2)), 1.0);
"""
