using LiveChat.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace LiveChat.Tests.Operations;

/// <summary>The Kubernetes manifests: each object is whole, by the fields that its kind must have, and what one names in another is there.</summary>
public class ManifestTests
{
    /// <summary>What each kind must have, as the API's schema says.</summary>
    private static readonly Dictionary<(string Version, string Kind), string[]> Required = new()
    {
        [("v1", "Namespace")] = [],
        [("v1", "Secret")] = ["type", "stringData"],
        [("v1", "ConfigMap")] = ["data"],
        [("v1", "Service")] = ["spec/selector", "spec/ports"],
        [("apps/v1", "StatefulSet")] = ["spec/serviceName", "spec/selector/matchLabels", "spec/template/metadata/labels", "spec/template/spec/containers", "spec/volumeClaimTemplates"],
        [("networking.k8s.io/v1", "NetworkPolicy")] = ["spec/podSelector", "spec/policyTypes", "spec/ingress"],
        [("networking.k8s.io/v1", "Ingress")] = ["spec/rules", "spec/tls"],
    };

    private static List<YamlMappingNode> Objects
    {
        get
        {
            var stream = new YamlStream();
            using var file = File.OpenText(Path.Combine(Tool.Root, "deploy", "kubernetes", "livechat.yaml"));
            stream.Load(file);
            return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
        }
    }

    [Fact]
    public void Each_object_is_of_a_known_kind_and_whole()
    {
        Assert.Equal(Required.Count, Objects.Count);
        foreach (var item in Objects)
        {
            var kind = (Text(item, "apiVersion"), Text(item, "kind"));
            Assert.True(Required.TryGetValue(kind, out var fields), $"{kind} is not known.");
            foreach (var field in fields.Append("metadata/name"))
                Assert.True(Find(item, field) is not null, $"{kind} has no {field}.");
            if (kind.Item2 != "Namespace")
                Assert.Equal("livechat", Text(item, "metadata/namespace"));
        }
    }

    [Fact]
    public void What_one_names_in_another_is_there()
    {
        var (set, service) = (Of("StatefulSet"), Of("Service"));
        var labels = Find(set, "spec/template/metadata/labels")!;
        Assert.Equal(labels, Find(set, "spec/selector/matchLabels"));
        Assert.Equal(labels, Find(service, "spec/selector"));
        Assert.Equal(labels, Find(Of("NetworkPolicy"), "spec/podSelector/matchLabels"));
        Assert.Equal(Text(set, "spec/serviceName"), Text(service, "metadata/name"));

        var container = Items(set, "spec/template/spec/containers").Single();
        var ports = Items(container, "ports").Select(port => Text(port, "name")).ToList();
        Assert.Equal(["8383", "9094"], Items(container, "ports").Select(port => Text(port, "containerPort")));
        Assert.All(Items(service, "spec/ports"), port => Assert.Contains(Text(port, "targetPort"), ports));
        foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
            Assert.Contains(Text(container, $"{probe}/httpGet/port"), ports);

        foreach (var source in Items(container, "envFrom"))
        {
            var (kind, name) = Find(source, "configMapRef") is { } map ? ("ConfigMap", Text(map, "name")) : ("Secret", Text(Find(source, "secretRef")!, "name"));
            Assert.Equal(name, Text(Of(kind), "metadata/name"));
        }

        Assert.Equal(
            Items(set, "spec/volumeClaimTemplates").Select(claim => Text(claim, "metadata/name")),
            Items(container, "volumeMounts").Select(mount => Text(mount, "name")));
        var paths = Items(Items(Of("Ingress"), "spec/rules").Single(), "http/paths").ToList();
        Assert.Equal(["/socket.io/", "/api/customer/", "/api/agent/"], paths.Select(path => Text(path, "path")));
        Assert.All(paths, path =>
        {
            Assert.Equal(Text(service, "metadata/name"), Text(path, "backend/service/name"));
            Assert.Contains(Text(path, "backend/service/port/name"), Items(service, "spec/ports").Select(port => Text(port, "name")));
        });
    }

    private static YamlMappingNode Of(string kind) => Objects.Single(item => Text(item, "kind") == kind);

    private static IEnumerable<YamlNode> Items(YamlNode node, string path) => (YamlSequenceNode)Find(node, path)!;

    private static string Text(YamlNode node, string path) => ((YamlScalarNode)Find(node, path)!).Value!;

    private static YamlNode? Find(YamlNode node, string path) => path.Split('/').Aggregate(
        (YamlNode?)node, (found, key) => found is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null);
}
